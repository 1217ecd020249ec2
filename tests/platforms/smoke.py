"""What smoke.c does, in Python: FILE BASE_URL CA COPY."""

import sys

import ferry

file, base_url, ca, copy = sys.argv[1:]
with ferry.Client("TESTKEY", base_url=base_url, connection=ferry.Connection(ca_file=ca)) as client:
    size = client.upload(file).download(copy)
    print(f"{ferry.__version__}, {size} bytes, Python {sys.version.split()[0]}")
