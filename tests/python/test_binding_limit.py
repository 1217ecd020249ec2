"""Limits on how fast bytes pass, set by the binding.

Run by tests/python_binding.rs.
"""

import sys
import unittest

import ferry
from test_binding_support import CLOUD, CloudTest, control, main, requests_of


class LimitTest(CloudTest):
    def setUp(self):
        super().setUp()
        control("requests", method="DELETE")

    def test_a_limit_that_is_taken_away(self):
        """The upload would take years, until its callable takes the limit away."""
        sent = []

        def lift(_progress):
            sent.append(len(requests_of("start")))
            if len(sent) == 3:
                upload.limit(None)

        upload = self.client.prepare_upload(self.file(b"slow"), bytes_per_second=1, progress=lift)
        self.assertEqual(upload.run().get_content(), b"slow")
        self.assertEqual(sent[:3], [0, 0, 0])

    def test_a_limit_of_the_client_holds_too(self):
        connection = ferry.Connection(bytes_per_second=1, deadline=0.5)
        client = ferry.Client("TESTKEY", base_url=CLOUD, connection=connection)
        with self.assertRaises(ferry.Timeout):
            client.upload(b"slow")
        self.assertEqual(requests_of("start"), [])

    def test_a_limit_of_a_batch(self):
        batch = self.client.prepare_batch([self.file(b"slow")], bytes_per_second=1, deadline=0.5)
        with self.assertRaises(ferry.Timeout):
            batch.run()
        batch.limit(0)
        self.assertEqual(len(batch.run()), 1)

    def test_bad_limits_are_refused(self):
        upload = self.client.prepare_upload(self.file(b"x"))
        for bad in (-1, 1 << 64):
            with self.assertRaises(ferry.InvalidArgument):
                upload.limit(bad)
            with self.assertRaises(ferry.InvalidArgument):
                self.client.upload(b"x", bytes_per_second=bad)

    def test_congestion_control_that_is_unknown_is_refused(self):
        with self.assertRaisesRegex(ferry.InvalidArgument, "nonsense"):
            ferry.Client("TESTKEY", connection=ferry.Connection(congestion="nonsense"))

    def test_manners_that_are_unknown_are_refused(self):
        with self.assertRaisesRegex(ferry.InvalidArgument, "'fair' or 'background'"):
            ferry.Client("TESTKEY", connection=ferry.Connection(manners="rude"))

    @unittest.skipUnless(sys.platform == "linux", "the system does not tell the round trip")
    def test_an_upload_in_the_background(self):
        connection = ferry.Connection(manners="background")
        client = ferry.Client("TESTKEY", base_url=CLOUD, connection=connection)
        self.assertEqual(client.upload(b"quiet").get_content(), b"quiet")


if __name__ == "__main__":
    main()
