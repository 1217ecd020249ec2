"""The cases of tests/vectors/parity.json, which every binding runs alike.

Run by tests/python_binding.rs, with FERRY_TEST_VECTORS.
"""

import json
import os
import pathlib

import ferry
from ferry import _abi
from test_binding_support import APIKEY, CLOUD, CloudTest, main

VECTORS = pathlib.Path(os.environ["FERRY_TEST_VECTORS"])
KEYS = "LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY"


class ParityTest(CloudTest):
    def transform_url(self, source, tasks):
        return {"url": self.chain(ferry.Client(APIKEY).transform(source), tasks).url}

    def chain(self, chain, tasks):
        for it in tasks:
            chain = getattr(chain, it["task"], lambda it=it, **params: chain.add(it["task"], params))(
                **it["params"]
            )
        return chain

    def sign_policy(self, policy, secret):
        made = ferry.Security(policy, secret)
        return {"policy_b64": made.policy_b64, "signature": made.signature}

    def verify_webhook(self, secret, body, timestamp, signature, tolerance):
        headers = {"FS-Timestamp": timestamp, "FS-Signature": signature}
        ferry.verify_webhook(secret, body, headers, tolerance=tolerance)
        return {}

    def sign_request(self, access_key, secret_key, api_host, factory_id, method, path, params, timestamp):
        tc = ferry.TelestreamCloud(access_key, secret_key, factory_id, api_host)
        return {"signature": tc.signed_params(method, path, params, timestamp)["signature"]}

    def upload_bytes(self, text, filename):
        link = self.client.upload(text.encode(), store_params={"filename": filename})
        self.assertEqual(link.get_content().decode(), text)
        return link.metadata(["filename", "size", "mimetype"])

    def upload_events(self, text, filename):
        told = []
        connection = ferry.Connection(on_event=told.append)
        client = ferry.Client(APIKEY, base_url=CLOUD, connection=connection)
        client.upload(text.encode(), store_params={"filename": filename})
        attempts = [
            f"{it.step} {it.method} {it.http_status} part {it.part} attempt {it.attempt}"
            for it in told
            if it.kind == "attempt"
        ]
        return {"attempts": "; ".join(attempts)}

    def upload_file(self, path):
        return self.client.upload(path)

    def metadata(self, handle):
        return self.client.filelink(handle).metadata()

    def image_size(self, data, tasks):
        link = self.client.upload(VECTORS.parent / "data" / data)
        return self.chain(self.client.transform(link), tasks).imagesize()

    def factory(self):
        return ferry.TelestreamCloud(*KEYS, base_url=CLOUD).flip.factories.all()[0]

    def upload_video(self, text, filename, params, concurrency=None):
        session = self.factory().upload_session(
            self.file(text.encode(), filename), threads=concurrency, **params
        )
        session.start()
        return {"state": session.state}

    def find_video(self, id):
        return self.factory().videos.find(id).details

    def test_cases(self):
        for case in json.loads((VECTORS / "parity.json").read_text(encoding="utf-8")):
            with self.subTest(case["name"]):
                run, fails = getattr(self, case["do"]), case.get("fails")
                if fails is None:
                    self.assertEqual(run(**case["with"]), case["gives"])
                    continue
                with self.assertRaises(ferry.FerryError) as caught:
                    run(**case["with"])
                self.assertEqual(caught.exception.status, getattr(_abi, fails["status"]))
                self.assertIn(fails["message"], str(caught.exception))
                self.assertEqual(caught.exception.http_status, fails.get("http_status", 0))


if __name__ == "__main__":
    main()
