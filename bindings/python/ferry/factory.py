"""Factories of Telestream."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence, Union

from . import _abi
from ._call import Path, json_text
from ._library import lib
from .answers import Notifications
from .models import Collection, Encoding, Profile, Scope, Updatable, Video, params_json
from .progress import Reporter
from .session import UploadSession, prepare, prepare_again


class Factory(Updatable):
    """What holds videos, encodings and profiles, and knows where their files are stored."""

    _resource = _abi.FERRY_FACTORIES
    name: str
    url: str
    """What the addresses of its files begin with."""
    s3_videos_bucket: str
    s3_private_access: bool
    upload_original_video: bool
    priority: int
    """2 to 200; what is lower runs first."""
    videos: Collection[Video]
    encodings: Collection[Encoding]
    profiles: Collection[Profile]

    def __init__(self, scope: Scope, details: Optional[Mapping[str, Any]] = None) -> None:
        super().__init__(scope, details)
        own = Scope(scope.handle, self.details.get("id", scope.factory_id))
        vars(self).update(
            _scope=own,
            videos=Collection(own, Video),
            encodings=Collection(own, Encoding),
            profiles=Collection(own, Profile),
        )

    def get_notifications(
        self, *, deadline: Optional[float] = None, progress: Reporter = None
    ) -> Notifications:
        """Where notifications go ("url", "delay" in seconds, "send_video_payload") and of which "events"."""
        function = lib.ferry_telestream_notifications
        told: Notifications = self._scope.ask(function, deadline=deadline, progress=progress)
        return told

    def update_notifications(
        self,
        conf: Union[Notifications, Mapping[str, Any]],
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Notifications:
        """Changes the given members of what get_notifications() tells. "events" is a dict of "video_created",
        "video_encoded", "encoding_progress" and "encoding_completed", each True or False.
        """
        function, given = lib.ferry_telestream_notifications_update, json_text("conf", dict(conf))
        told: Notifications = self._scope.ask(function, given, deadline=deadline, progress=progress)
        return told

    def upload_session(
        self,
        path: Any,
        threads: Optional[int] = None,
        *,
        file_name: Optional[str] = None,
        extra_files: Optional[Mapping[str, Union[Path, Sequence[Path]]]] = None,
        ranges: bool = False,
        deadline: Optional[float] = None,
        progress: Reporter = None,
        size: Optional[int] = None,
        journal: Optional[Path] = None,
        restart: bool = False,
        bytes_per_second: Optional[int] = None,
        **params: Any,
    ) -> UploadSession:
        """Prepares the upload of a video that can be paused, interrupted, cancelled and run again: start()
        starts it.

        path: a path, bytes or a binary file object. Bytes must stay as they are as long as the session lives.
        A file object is read while the session runs, from where it stands to its end; resume() reads on. It
        goes up while it is read if its size is given: see Client.upload().
        file_name: the name at the service, which takes the extension of the video from it. Bytes, and file
        objects that are no files, need one.
        threads: parts sent at once, 1 to 64, but no more than the service allows; default: as many as make it
        faster.
        extra_files: local paths by tag, e.g. {'subtitles': ['a.srt', 'b.srt']}.
        ranges: the older protocol, one part after the other.
        deadline: seconds for each run.
        journal: a folder that keeps what the upload needs to go on. After a crash or a kill, the same call in
        a new process, and start(), go on: what the service has is not sent again. See Journals.
        restart: starts anew where the video may exist already and the service cannot tell, which is a
        NotReady else; then a second video is possible.
        bytes_per_second: the most of all connections of the upload together, there and back; default no
        limit. That of the connection holds too, and limit() changes it.
        params: profiles (names or ids, a list or separated by commas), path_format, payload,
        use_all_profiles, ....
        """
        return prepare(
            self._scope,
            path,
            params_json(params),
            file_name=file_name,
            threads=threads,
            extra_files=extra_files,
            ranges=ranges,
            deadline=deadline,
            progress=progress,
            size=size,
            journal=journal,
            restart=restart,
            bytes_per_second=bytes_per_second,
        )

    def resume_upload(
        self,
        path: Path,
        token: str,
        threads: Optional[int] = None,
        *,
        extra_files: Optional[Mapping[str, Union[Path, Sequence[Path]]]] = None,
        deadline: Optional[float] = None,
        progress: Reporter = None,
        journal: Optional[Path] = None,
        restart: bool = False,
        bytes_per_second: Optional[int] = None,
    ) -> UploadSession:
        """Prepares the upload of a token (UploadSession.token) again, in any process or machine: start()
        sends what the service lacks, and compares what it has with the file. Give the factory in which it
        began. Nothing is sent yet.

        path: the file, or a copy of it: only its bytes have to be the same.
        token: says what is uploaded and how. InvalidArgument if it is cut, altered, of another version,
        service or account, or of a file of another size.
        extra_files: where the other files are now, with the token's tags; default: where they were.
        """
        return prepare_again(
            self._scope,
            path,
            token,
            threads=threads,
            extra_files=extra_files,
            deadline=deadline,
            progress=progress,
            journal=journal,
            restart=restart,
            bytes_per_second=bytes_per_second,
        )
