import sys
import ferry

if len(sys.argv) < 3:
    sys.exit("FILE APIKEY [BASE_URL]")

def show(progress: ferry.Progress) -> None:
    print(f"\r{progress.bytes_done / 1e3:.0f} kB", end="", file=sys.stderr)

client = ferry.Client(sys.argv[2], base_url=sys.argv[3] if len(sys.argv) > 3 else None)
print("\n" + client.upload(sys.argv[1], progress=show).url)
