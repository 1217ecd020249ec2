"""Where the vendor's SDK has the verification of webhooks: `from ferry.helpers import ...`."""

from .webhook import verify_webhook_signature

__all__ = ["verify_webhook_signature"]
