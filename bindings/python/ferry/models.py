"""What a Telestream account holds: factories, videos, encodings, profiles."""

from __future__ import annotations

import os
from typing import Any, Dict, Generic, List, Mapping, NamedTuple, Optional, Sequence, Type, TypeVar, Union

from . import _abi
from ._call import Handle, Path, json_text, owned_json, patiently, text
from ._library import lib
from ._request import Request
from .errors import InvalidArgument, InvalidState
from .progress import Reporter
from .session import UploadSession, prepare

M = TypeVar("M", bound="Model")


class Scope(NamedTuple):
    """An account, and the factory in it."""

    handle: Handle
    factory_id: Optional[str]

    def ask(self, function: Any, *arguments: Any) -> Any:
        """Calls a function that takes an account, a factory's id, these arguments, `ferry_value **out` and `ferry_error **err`."""
        factory_id = text("factory_id", self.factory_id)
        return patiently(lambda: owned_json(function, self.handle, factory_id, *arguments))

    def ask_resource(self, function: Any, resource: int, *arguments: Any) -> Any:
        """The same for a function that takes one of FERRY_FACTORIES, ... before the factory's id."""
        factory_id = text("factory_id", self.factory_id)
        return patiently(lambda: owned_json(function, self.handle, resource, factory_id, *arguments))

    def wait(self, function: Any, object_id: str, timeout: Optional[float], progress: Reporter) -> Any:
        with Request(None, timeout, progress) as request:
            arguments = text("factory_id", self.factory_id), text("id", object_id), request.options
            return request.json(function, self.handle, *arguments)


class Answer(Dict[str, Any]):
    """What the service said: a dict; empty if it said nothing."""

    def json(self) -> Dict[str, Any]:
        """Itself, for programs that expect an HTTP response here."""
        return self


class Collection(Generic[M]):
    """The objects of one kind, e.g. `factory.videos`."""

    def __init__(self, scope: Scope, model_type: Type[M], video_id: Optional[str] = None) -> None:
        self._scope = scope
        self._video_id = video_id
        self.model_type = model_type

    def all(self, **params: Any) -> List[M]:
        """One page: page from 1, per_page up to 100, which is the default. Videos and encodings: status ("success", "fail", "processing");
        encodings: video_id, profile_id, profile_name.
        """
        if self._video_id is not None:
            given = text("video_id", self._video_id), _params(params)
            return self._models(self._scope.ask(lib.ferry_telestream_video_encodings, *given))
        return self._models(self._scope.ask_resource(lib.ferry_telestream_list, self.model_type._resource, _params(params)))

    def all_pages(self, *, timeout: Optional[float] = None, progress: Reporter = None, **params: Any) -> List[M]:
        """Every page of all(), one after the other."""
        if self._video_id is not None:
            params["video_id"] = self._video_id
        with Request(None, timeout, progress) as request:
            arguments = self.model_type._resource, text("factory_id", self._scope.factory_id), _params(params), request.options
            return self._models(request.json(lib.ferry_telestream_list_all, self._scope.handle, *arguments))

    def find(self, object_id: str, **params: Any) -> M:
        """One object by its id, a profile also by its name."""
        arguments = self.model_type._resource, text("object_id", object_id), _params(params)
        return self.model_type(self._scope, self._scope.ask_resource(lib.ferry_telestream_find, *arguments))

    def create(self, **params: Any) -> M:
        """Makes an object. It is not repeated once it may have arrived, else there were two.

        A video needs source_url, or file, a local path; an encoding video_id (of a video's encodings it is that video's) and one of profile_id
        and profile_name; a profile preset_name, or command and extname.
        """
        if self._video_id is not None:
            params = {"video_id": self._video_id, **params}
        arguments = self.model_type._resource, _params(params)
        return self.model_type(self._scope, self._scope.ask_resource(lib.ferry_telestream_create, *arguments))

    def delete(self, object_id: str) -> Answer:
        """Deletes a video with all its files, an encoding or a profile."""
        arguments = self.model_type._resource, text("object_id", object_id)
        return Answer(self._scope.ask_resource(lib.ferry_telestream_delete, *arguments) or {})

    def _models(self, found: List[Dict[str, Any]]) -> List[M]:
        return [self.model_type(self._scope, details) for details in found]

    def __str__(self) -> str:
        return f"ModelAPI: {self.model_type.__name__}"


class Model:
    """An object of the service. What the service says of it are its attributes, and `details` is all of it as a dict."""

    _resource: int
    _scope: Scope
    _changes: Dict[str, Any]
    details: Dict[str, Any]

    def __init__(self, scope: Scope, details: Optional[Mapping[str, Any]] = None) -> None:
        vars(self).update(_scope=scope, _changes={}, details=dict(details or {}))

    def __getattr__(self, name: str) -> Any:
        for values in (vars(self).get("_changes", {}), vars(self).get("details", {})):
            if name in values:
                return values[name]
        raise AttributeError(f"{type(self).__name__} has no {name!r}: the service does not tell it")

    def __setattr__(self, name: str, value: Any) -> None:
        raise InvalidState(f"{type(self).__name__} objects are immutable")

    def __dir__(self) -> List[str]:
        return [*super().__dir__(), *self.details]

    def _id(self) -> bytes:
        given = text("id", self.id)
        if not given:
            raise InvalidArgument(f"{type(self).__name__} has no id")
        return given

    def _find(self) -> Dict[str, Any]:
        found: Dict[str, Any] = self._scope.ask_resource(lib.ferry_telestream_find, self._resource, self._id(), None)
        return found

    def reload(self) -> None:
        """Asks the service for `details` anew; changes that are not saved are lost."""
        vars(self).update(details=self._find(), _changes={})

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Model) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> Any:
        return type(self), self.details.get("id")

    def __repr__(self) -> str:
        return f"{type(self).__name__} {self.details.get('id', '?')}"


class Deletable(Model):
    def delete(self) -> Answer:
        """Deletes it; a video with all its files."""
        return Answer(self._scope.ask_resource(lib.ferry_telestream_delete, self._resource, self._id()) or {})


class Updatable(Model):
    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("id", "details") or name in dir(type(self)):
            raise InvalidState(f"{name} of a {type(self).__name__} cannot be changed")
        if name in self.details and self.details[name] == value:
            self._changes.pop(name, None)
        else:
            self._changes[name] = value

    def save(self) -> Dict[str, Any]:
        """Sends the attributes that were set to another value, and returns what the service said. Without any, nothing is sent."""
        if not self._changes:
            return self.details
        arguments = self._resource, self._id(), json_text("attributes", self._changes)
        saved: Dict[str, Any] = self._scope.ask_resource(lib.ferry_telestream_update, *arguments) or {}
        told = saved if saved.get("id") == self.details.get("id") else {**self.details, **self._changes}
        vars(self).update(details=told, _changes={})
        return saved


class Factory(Updatable):
    """What holds videos, encodings and profiles, and knows where their files are stored."""

    _resource = _abi.FERRY_FACTORIES
    videos: Collection[Video]
    encodings: Collection[Encoding]
    profiles: Collection[Profile]

    def __init__(self, scope: Scope, details: Optional[Mapping[str, Any]] = None) -> None:
        super().__init__(scope, details)
        own = Scope(scope.handle, self.details.get("id", scope.factory_id))
        vars(self).update(
            _scope=own, videos=Collection(own, Video), encodings=Collection(own, Encoding), profiles=Collection(own, Profile)
        )

    def get_notifications(self) -> Dict[str, Any]:
        """Where notifications go ("url", "delay" in seconds, "send_video_payload") and of which "events"."""
        told: Dict[str, Any] = self._scope.ask(lib.ferry_telestream_notifications)
        return told

    def update_notifications(self, conf: Mapping[str, Any]) -> Dict[str, Any]:
        """Changes the given members of what get_notifications() tells. "events" is a dict of "video_created", "video_encoded",
        "encoding_progress" and "encoding_completed", each True or False.
        """
        told: Dict[str, Any] = self._scope.ask(lib.ferry_telestream_notifications_update, json_text("conf", dict(conf)))
        return told

    def upload_session(
        self,
        path: Path,
        threads: Optional[int] = None,
        *,
        file_name: Optional[str] = None,
        extra_files: Optional[Mapping[str, Union[Path, Sequence[Path]]]] = None,
        ranges: bool = False,
        timeout: Optional[float] = None,
        progress: Reporter = None,
        **params: Any,
    ) -> UploadSession:
        """Prepares the upload of a video that can be paused, cancelled and run again: start() starts it.

        threads: parts under way at once, 1 to 32, default 8; never more than the service allows.
        extra_files: local paths by tag, e.g. {'subtitles': ['a.srt', 'b.srt']}.
        ranges: the older protocol, one part after the other.
        timeout: seconds for each run.
        params: profiles (names or ids, a list or separated by commas), path_format, payload, use_all_profiles, ....
        """
        return prepare(
            self._scope,
            path,
            _params(params),
            lambda details: Video(self._scope, details),
            file_name=file_name,
            threads=threads,
            extra_files=extra_files,
            ranges=ranges,
            timeout=timeout,
            progress=progress,
        )


class Video(Deletable):
    """A file that was sent to a factory."""

    _resource = _abi.FERRY_VIDEOS
    encodings: Collection[Encoding]

    def __init__(self, scope: Scope, details: Optional[Mapping[str, Any]] = None) -> None:
        super().__init__(scope, details)
        vars(self)["encodings"] = Collection(scope, Encoding, self.details.get("id"))

    def metadata(self) -> Answer:
        """What the service has read from the file."""
        return Answer(self._scope.ask(lib.ferry_telestream_video_metadata, self._id()) or {})

    def delete_source_file(self) -> Answer:
        """Deletes the file the video was made from, and keeps its encodings."""
        return Answer(self._scope.ask(lib.ferry_telestream_video_delete_source, self._id()) or {})

    def wait(self, *, timeout: Optional[float] = None, progress: Reporter = None) -> Video:
        """Waits until the service has taken the file in, and returns itself with new details. If that failed, it is an HTTPError with the
        service's reason.

        timeout: seconds to wait at most.
        """
        vars(self)["details"] = self._scope.wait(lib.ferry_telestream_video_wait, self.id, timeout, progress)
        return self

    def wait_for_encodings(self, *, timeout: Optional[float] = None, progress: Reporter = None) -> List[Encoding]:
        """Waits until the video and all its encodings are done, and returns them; some may have the status "fail"."""
        found = self._scope.wait(lib.ferry_telestream_video_encodings_wait, self.id, timeout, progress)
        return [Encoding(self._scope, details) for details in found]


class Encoding(Deletable):
    """A video in the form that a profile asks for."""

    _resource = _abi.FERRY_ENCODINGS

    def video(self) -> Video:
        """The video it is made of."""
        return Collection(self._scope, Video).find(self.video_id)

    def profile(self) -> Profile:
        """The profile it is made by."""
        return Collection(self._scope, Profile).find(self.details.get("profile_id") or self.profile_name)

    def update(self, **attributes: Any) -> Encoding:
        """Changes the given attributes, and returns itself with new details. Only an account with an API key can (API 3.1)."""
        arguments = self._resource, self._id(), _params(attributes)
        vars(self)["details"] = self._scope.ask_resource(lib.ferry_telestream_update, *arguments)
        return self

    def retry(self) -> Answer:
        """Begins a failed encoding again."""
        return Answer(self._scope.ask(lib.ferry_telestream_encoding_retry, self._id()) or {})

    def cancel(self) -> Answer:
        """Stops it."""
        return Answer(self._scope.ask(lib.ferry_telestream_encoding_cancel, self._id()) or {})

    def wait(self, *, timeout: Optional[float] = None, progress: Reporter = None) -> Encoding:
        """Waits until it is done, and returns itself with new details. If it failed, that is an HTTPError with the service's reason."""
        vars(self)["details"] = self._scope.wait(lib.ferry_telestream_encoding_wait, self.id, timeout, progress)
        return self


class Profile(Updatable, Deletable):
    """How a factory encodes."""

    _resource = _abi.FERRY_PROFILES


def _params(params: Mapping[str, Any]) -> Optional[bytes]:
    """Parameters as JSON text, paths as texts; None if there are none."""
    plain = {name: os.fspath(value) if isinstance(value, os.PathLike) else value for name, value in params.items()}
    return json_text("parameters", plain) if plain else None
