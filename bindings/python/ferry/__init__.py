"""Ferry carries files to Filestack and to Telestream Cloud Flip.

>>> from ferry import Client
>>> Client('YOUR_API_KEY').upload(filepath='photo.jpg').url
"""

from . import helpers as helpers
from ._account import config
from ._library import lib as _lib
from .answers import FileMetadata, Notifications, StoredFile
from .batch import Batch, BatchError, BatchItem
from .client import Client
from .connection import Connection
from .errors import (
    Cancelled,
    FerryError,
    FileChanged,
    FilestackHTTPError,
    HTTPError,
    IntegrityError,
    InternalError,
    InvalidArgument,
    InvalidState,
    IOFailure,
    NetworkError,
    NotReady,
    OutOfMemory,
    PathDenied,
    PathIsDirectory,
    PathNotDirectory,
    PathNotFound,
    Paused,
    ProtocolError,
    SignatureExpired,
    SignatureMismatch,
    TelestreamCloudException,
    Timeout,
)
from .event import Event, EventKind, log_event
from .factory import Factory
from .files import AudioVisual, Filelink, Transformation
from .journal import Journal, Journals
from .models import Encoding, Profile, Video
from .policy import Policy, Security
from .progress import Progress
from .response import Headers, Response
from .session import UploadSession
from .telestream import Flip, TelestreamCloud
from .upload import StoreParams, Upload, UploadState
from .webhook import sign_webhook, verify_webhook, verify_webhook_signature

# As older versions of the vendor's SDK call it.
security = Security

__version__: str = _lib.ferry_version().decode()


def live_objects() -> int:
    """How many objects of the library are not freed yet; a test that ends with 0 leaks nothing."""
    return int(_lib.ferry_live_objects())


__all__ = [
    "AudioVisual",
    "Batch",
    "BatchError",
    "BatchItem",
    "Cancelled",
    "Client",
    "Connection",
    "Encoding",
    "Event",
    "EventKind",
    "Factory",
    "FerryError",
    "FileChanged",
    "FileMetadata",
    "Filelink",
    "FilestackHTTPError",
    "Flip",
    "Headers",
    "HTTPError",
    "IOFailure",
    "IntegrityError",
    "InternalError",
    "InvalidArgument",
    "InvalidState",
    "Journal",
    "Journals",
    "NetworkError",
    "NotReady",
    "Notifications",
    "OutOfMemory",
    "PathDenied",
    "PathIsDirectory",
    "PathNotDirectory",
    "PathNotFound",
    "Paused",
    "Policy",
    "Profile",
    "Progress",
    "ProtocolError",
    "Response",
    "Security",
    "SignatureExpired",
    "SignatureMismatch",
    "StoreParams",
    "StoredFile",
    "TelestreamCloud",
    "TelestreamCloudException",
    "Timeout",
    "Transformation",
    "Upload",
    "UploadSession",
    "UploadState",
    "Video",
    "config",
    "live_objects",
    "log_event",
    "security",
    "sign_webhook",
    "verify_webhook",
    "verify_webhook_signature",
]
