"""What the services answer, for type checkers: plain dicts. A member may be missing, others may be there."""

from __future__ import annotations

from typing import Any, Dict, TypedDict


class FileMetadata(TypedDict, total=False):
    """What Filelink.metadata() gives: what was asked for, or what the service chooses."""

    filename: str
    mimetype: str
    size: int
    width: int
    height: int
    uploaded: float
    """Milliseconds since 1970."""
    writeable: bool
    cloud: str
    source_url: str
    location: str
    container: str
    path: str
    key: str
    md5: str
    sha1: str
    sha224: str
    sha256: str
    sha384: str
    sha512: str
    exif: Dict[str, Any]


class StoredFile(TypedDict, total=False):
    """What the service says of a file when it is stored: Filelink.upload_response."""

    handle: str
    url: str
    filename: str
    mimetype: str
    size: int
    status: str
    type: str
    key: str
    container: str
    path: str
    upload_tags: Dict[str, str]
    workflows: Dict[str, Any]


class Notifications(TypedDict, total=False):
    """What Factory.get_notifications() gives, and update_notifications() takes."""

    url: str
    delay: int
    """Seconds."""
    send_video_payload: bool
    events: Dict[str, bool]
    """Whether "video_created", "video_encoded", "encoding_progress" and "encoding_completed" are sent."""
