"""Pickles of the binding's objects: what is made of keys and options is made anew, and nothing else is.

Run by tests/python_binding.rs.
"""

import copy
import multiprocessing
import pickle

import ferry
from pictures import PICTURE
from test_binding_support import APIKEY, CLOUD, MIB, CloudTest, main, noise

KEYS = "LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY"


def again(value):
    return pickle.loads(pickle.dumps(value))


def content_of(link):
    return link.get_content()


def stored(client, data):
    return client.upload(data)


class FilestackTest(CloudTest):
    def test_a_client(self):
        connection = ferry.Connection(max_retries=3, ca_file=None, user_agent="pickled")
        client = ferry.Client(
            APIKEY, security=self.security, base_url=CLOUD, storage="gcs", connection=connection
        )
        for made in (again(client), again(again(client)), copy.deepcopy(client)):
            self.assertEqual((made.apikey, made.storage), (APIKEY, "gcs"))
            self.assertEqual(made.security.signature, self.security.signature)
            self.assertEqual(made.upload(PICTURE).get_content(), PICTURE)

    def test_a_client_that_is_closed_stays_closed(self):
        self.client.close()
        with self.assertRaises(ferry.InvalidState):
            again(self.client).upload(PICTURE)

    def test_a_connection_and_a_security(self):
        connection = ferry.Connection(deadline=7, proxy="http://127.0.0.1:9")
        self.assertEqual(again(connection), connection)
        unchecked = ferry.Security({"expiry": 4102444800, "new": [1, "ü"]}, "a secret", unchecked=True)
        for security in (self.security, unchecked):
            made = again(security)
            self.assertEqual(made.as_url_string(), security.as_url_string())
            self.assertEqual(made.policy, security.policy)
        self.assertNotIn(b"a secret", pickle.dumps(unchecked))

    def test_a_filelink(self):
        link = self.client.upload(PICTURE, store_params={"upload_tags": {"k": "v"}})
        made = again(link)
        self.assertEqual((made.handle, made.url, made.apikey), (link.handle, link.url, APIKEY))
        self.assertEqual(made.upload_response, link.upload_response)
        self.assertEqual(made.get_content(), PICTURE)
        self.assertEqual(again(made).resize(width=10).get_content(), link.resize(width=10).get_content())
        signed = again(ferry.Filelink(link.handle, security=self.security))
        self.assertEqual((signed.apikey, signed.security.policy), (None, self.security.policy))

    def test_filelinks_of_one_client_share_one_again(self):
        links = again([self.client.filelink("a" * 20), self.client.filelink("b" * 20)])
        self.assertIs(links[0]._account.handle, links[1]._account.handle)

    def test_in_another_process(self):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            link = pool.apply(stored, (self.client, PICTURE))
            self.assertEqual(link.get_content(), PICTURE)
            self.assertEqual(pool.apply(content_of, (link,)), PICTURE)

    def test_an_error(self):
        with self.assertRaises(ferry.HTTPError) as caught:
            self.client.filelink("a" * 20).metadata()
        error, made = caught.exception, again(caught.exception)
        self.assertEqual((type(made), str(made), vars(made)), (type(error), str(error), vars(error)))

    def test_what_has_no_pickle(self):
        upload = self.client.prepare_upload(self.file())
        with self.assertRaisesRegex(TypeError, "no Upload can be pickled: pickle its token"):
            pickle.dumps(upload)
        with self.assertRaisesRegex(TypeError, "cannot be pickled"):
            pickle.dumps(self.client.transform("a" * 20))


class TelestreamTest(CloudTest):
    def test_a_client_and_what_was_made_with_it(self):
        for client in (
            ferry.TelestreamCloud(*KEYS, base_url=CLOUD, connection=ferry.Connection(max_retries=2)),
            ferry.TelestreamCloud(apikey="LOCAL_API_KEY", base_url=CLOUD),
        ):
            factory = again(again(client)).flip.factories.all()[0]
            made = again(factory)
            self.assertEqual((made, made.details), (factory, factory.details))
            session = made.upload_session(self.file(noise(6 * MIB)), profiles="h264")
            with self.assertRaisesRegex(TypeError, "no UploadSession can be pickled"):
                pickle.dumps(session)
            video = again(session.start())
            self.assertEqual(again(video.wait()).details, video.details)
            (encoding,) = again(video.wait_for_encodings())
            self.assertEqual(encoding.video(), video)

    def test_changes_that_are_not_saved(self):
        factory = ferry.TelestreamCloud(*KEYS, base_url=CLOUD).flip.factories.all()[0]
        factory.name = "changed"
        self.assertEqual(again(factory).name, "changed")
        with self.assertRaises(ferry.InvalidState):
            again(factory).id = "x"


if __name__ == "__main__":
    main()
