"""go_on.py FILE URL TOKEN: goes on with an upload, and prints its token when it is interrupted (Ctrl-C)."""

import signal
import sys

import ferry

signal.signal(signal.SIGINT, signal.default_int_handler)
path, url, token = sys.argv[1:]
client = ferry.Client("TESTKEY", base_url=url)
upload = client.resume_upload(path, token, concurrency=1)
try:
    upload.run()
except KeyboardInterrupt:
    print(upload.token)
else:
    sys.exit("it was not interrupted")
