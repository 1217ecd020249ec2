"""Every sample in Python of include/guides, run as it stands, and what it says is looked at.

Run by tests/guides/samples.rs, with the folder of the guides as the only argument.
"""

import contextlib
import io
import json
import logging
import os
import pathlib
import re
import shutil
import sys
import time

import ferry

CLOUD, TLS_CLOUD = os.environ["FERRY_TEST_HTTP"], os.environ["FERRY_TEST_HTTPS"]
SECRET = os.environ["FERRY_TEST_SECRET"]
PICTURE = (pathlib.Path(os.environ["FERRY_TEST_DATA"]) / "ferry.png").read_bytes()
FOREVER = 4102444800  # the year 2100
HANDLE = r"[\w-]{20}"

# What a sample prints, by its heading; the n-th text is for the n-th sample under it.
EXPECTED = {
    "files.md": {
        "Storage options": [r"trips/2025/\S*ferry\.png\n"],
        "Upload by URL": [r"imported/\S+\n"],
        "Overwrite": [rf"{len(PICTURE) + len(b'another one')}\n"],
        "Zip": [r"\d{5,} bytes\n"],
        "Delete": [r""],
    },
    "pictures.md": {
        "Screenshot": [r"http\S+/urlscreenshot=height:800,mode:window,width:1280/resize=width:320/\S+\n"],
        "Tags, text, safe for work": [r"(?s)(\S.*: \d+ %\n)+safe for work: (True|False) text: .+\n"],
    },
    "security.md": {
        "Sign every call of a client": [rf"{CLOUD}/{HANDLE}\n"],
        "Give away an address for an hour": [rf"{CLOUD}/security=p:\S+,s:\w{{64}}/{HANDLE}\n"],
        "Without the secret": [r"\['read'\] True False\n"],
    },
    "notifications.md": {
        "Webhooks of Filestack": [r""],
        "Notifications of Telestream": [r"True\n", r""],
    },
    "requests.md": {
        "Raw requests": [rf"200 application/json {len(PICTURE)}\n", r"\d+\n"],
        "Profiles": [r"\[.*'small'\] 480\n"],
    },
    "uploads.md": {
        "Batches": [r"(?s)(?=.*photo\.jpg is stored)(?=.*gone\.jpg failed).*2 links\n"],
        "Small files": ["2 in two requests\n"],
        "Going on after a crash": [r"", rf"{HANDLE}\n"],
        "On another machine": [rf"{HANDLE}\n"],
        "On a slow line": [rf"{HANDLE}\n"],
    },
    "from-filestack-python.md": {
        "The vendor's example, ported": [
            r"{'filename': 'photo\.jpg', 'mimetype': 'image/jpeg'}\nTrue\n",
            rf"True {CLOUD}/{HANDLE}\n",
        ],
    },
    "from-telestream-cloud.md": {
        "The vendor's example, ported": [r"h264 success\nwebm success\n"],
    },
    "network.md": {
        "Behind a proxy": [rf"{HANDLE}\n"],
        "With a company's own authority": [rf"{HANDLE}\n"],
        "Debugging with events": [r""],
    },
}


def samples(page):
    """The samples of a page, by heading, in their order."""
    found, heading = {}, ""
    for title, sample in re.findall(r"^## ([^\n]*)$|^```python\n(.*?)^```$", page, re.M | re.S):
        heading = title or heading
        if sample:
            found.setdefault(heading, []).append(sample)
    return found


def prepare(folder):
    """A folder with the files of the samples."""
    folder.mkdir()
    os.chdir(folder)
    for name in ("photo.jpg", "copy.jpg"):
        pathlib.Path(name).write_bytes(PICTURE)
    pathlib.Path("new.jpg").write_bytes(PICTURE + b"another one")
    pathlib.Path("movie.mp4").write_bytes(bytes(6 << 20))
    shutil.copy(os.environ["FERRY_TEST_CA"], "company.pem")


def names(client):
    """What the samples take for granted; the first lines of the guides say so."""
    account = ferry.TelestreamCloud("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", base_url=CLOUD)
    return {
        "ferry": ferry,
        "json": json,
        "logging": logging,
        "client": client,
        "link": client.upload("photo.jpg"),
        "account": account,
        "factory": account.get_resource("flip").factories.all()[0],
        "APP_SECRET": SECRET,
        "WEBHOOK_SECRET": "secret",
        "BASE_URL": CLOUD,
        "HTTPS_URL": TLS_CLOUD,
        "PROXY": CLOUD,  # the cloud stands for the proxy too
    }


def receive_webhooks(receive):
    """The samples that receive: genuine and forged messages."""
    body = b'{"id": 1, "action": "fp.upload", "timestamp": 1, "text": {"filename": "a.jpg"}}'
    now = str(int(time.time()))
    for secret, status, said in (("secret", 200, "1 fp.upload a.jpg\n"), ("x", 403, "refused: Sig")):
        headers = {"FS-Timestamp": now, "FS-Signature": ferry.sign_webhook(secret, body, now)}
        with contextlib.redirect_stdout(io.StringIO()) as text:
            assert receive(body, headers) == status
        assert text.getvalue().startswith(said), text.getvalue()


def receive_notifications(receive, factory):
    """The same of Telestream, which does not sign."""
    session = factory.upload_session("photo.jpg", profiles="h264")
    video = session.start()
    with contextlib.redirect_stdout(io.StringIO()) as text:
        receive({"event": "video-encoded", "video_id": video.id})
    assert text.getvalue().startswith("h264 "), text.getvalue()


def main():
    guides, home = pathlib.Path(sys.argv[1]), pathlib.Path.cwd()
    written = {page.name: samples(page.read_text(encoding="utf-8")) for page in guides.glob("*.md")}
    written = {page: found for page, found in written.items() if found}
    counted = {page: {at: len(of) for at, of in found.items()} for page, found in written.items()}
    expected = {page: {at: len(of) for at, of in found.items()} for page, found in EXPECTED.items()}
    assert counted == expected, f"samples that are not looked at here, or gone: {counted}"
    security = ferry.Security({"expiry": FOREVER}, SECRET)
    client = ferry.Client("LOCALKEY", security=security, base_url=CLOUD)
    # Its one policy goes with the calls of the clients that the samples make, too.
    unsigned = ferry.Client.__init__

    def signed(self, *arguments, **options):
        options.setdefault("security", security)
        unsigned(self, *arguments, **options)

    ferry.Client.__init__ = signed
    outside = client.upload(PICTURE, store_params={"filename": "photo.jpg"}).signed_url(security)
    for page, by_heading in EXPECTED.items():
        prepare(home / page)
        known = names(client)
        for heading, patterns in by_heading.items():
            for sample, pattern in zip(written[page][heading], patterns):
                sample = sample.replace('"https://www.example.com/photo.jpg"', repr(outside))
                with contextlib.redirect_stdout(io.StringIO()) as said:
                    exec(compile(sample, f"{page}: {heading}", "exec"), known)
                assert re.fullmatch(pattern, said.getvalue()), (page, heading, said.getvalue())
        if page == "notifications.md":
            receive_webhooks(known["receive"])
            receive_notifications(known["receive_from_telestream"], known["factory"])
    print("all samples were run")


if __name__ == "__main__":
    main()
