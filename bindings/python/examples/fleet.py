"""Uploads the files of a manifest to Filestack from as many machines as you have, with Dask's distributed.

python fleet.py files.csv stored.csv APIKEY [--scheduler tcp://HOST:8786] [--base-url URL]

The manifest is a CSV file with a column "path"; every worker must find the files under these paths. The table
that comes out has the columns path, url, handle and error. Without a scheduler this machine is the fleet.

Workers keep the tokens of their uploads at the scheduler: at once, whenever more parts are confirmed, which
is looked at twice a second at least, and at the end. If a worker dies, the scheduler gives its file to
another one, which finds the token and goes on. Sent again are the parts that were under way, and those
confirmed since the last look. Dask also runs the files again whose results died with a worker: the token of a
stored file gives its filelink, and nothing is sent. So the scheduler is the one thing that has to live.
Journals would not do here, since they are for one machine: device and inode of a file are part of what makes
two uploads the same. The Client goes to the workers in a pickle, which contains its API key: use TLS between
machines (distributed.Security).
"""

import argparse
import csv
from typing import Any, Dict, List, cast

import distributed
import ferry

COLUMNS = ["path", "url", "handle", "error"]


def upload(path: str, account: ferry.Client) -> Dict[str, str]:
    """Runs on a worker: uploads a file, or goes on where another worker has stopped."""
    fleet = distributed.get_client()
    name = ["ferry", path]
    kept = cast(Dict[str, Any], fleet.get_metadata(name, default=None) or {})

    def keep(parts_done: int) -> None:
        kept.update(parts_done=parts_done, token=task.token)
        fleet.set_metadata(name, kept)

    def look(progress: ferry.Progress) -> None:
        if progress.parts_done != kept.get("parts_done"):
            keep(progress.parts_done)

    if kept:
        task = account.resume_upload(path, kept["token"], progress=look)
    else:
        task = account.prepare_upload(path, progress=look)
    with task:
        link = task.run()
        keep(kept["parts_done"])
    return dict(zip(COLUMNS, [path, link.url, link.handle, ""]))


def upload_all(fleet: distributed.Client, account: ferry.Client, paths: List[str], table: Any) -> None:
    """Writes a line for each file as it ends. One that fails is tried twice more, and stops no other."""
    files = dict(zip(fleet.map(upload, paths, account=account, pure=False, retries=2), paths))
    for future in distributed.as_completed(files):
        error = future.exception()
        table.writerow({"path": files[future], "error": error} if error else future.result())


def main() -> None:
    parser = argparse.ArgumentParser(description="Uploads the files of a manifest from many machines.")
    for name in ("manifest", "table", "apikey", "--scheduler", "--base-url"):
        parser.add_argument(name)
    given = parser.parse_args()
    with open(given.manifest, newline="", encoding="utf-8") as manifest:
        paths = list(dict.fromkeys(row["path"] for row in csv.DictReader(manifest)))
    account = ferry.Client(given.apikey, base_url=given.base_url)
    with open(given.table, "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        with distributed.Client(given.scheduler) as fleet:
            upload_all(fleet, account, paths, table)


if __name__ == "__main__":
    main()
