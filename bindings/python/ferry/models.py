"""What a factory of Telestream holds: videos, encodings, profiles."""

from __future__ import annotations

import json
import os
import warnings
from typing import Any, Dict, Generic, List, Mapping, NamedTuple, Optional, Type, TypeVar, Union

from . import _abi
from ._aio import awaitable
from ._call import Handle, json_text, text
from ._library import lib
from ._request import Request
from .errors import InvalidArgument, InvalidState
from .progress import Reporter
from .response import Headers, Response

M = TypeVar("M", bound="Model")


class Answer(Dict[str, Any]):
    """What the service said: a dict; empty if it said nothing. For programs that expect an HTTP response here
    it has all that a Response has: the status is that of the answer, its headers are not known, and the
    content is the JSON text of what it said.
    """

    def __init__(self, told: Optional[Mapping[str, Any]], response: Response) -> None:
        super().__init__(told or {})
        self._response = response

    def json(self) -> Dict[str, Any]:
        """Itself."""
        return self

    @property
    def status_code(self) -> int:
        """The HTTP status, e.g. 200."""
        return self._response.status_code

    @property
    def reason(self) -> str:
        """The usual words for the status, such as "OK"."""
        return self._response.reason

    @property
    def ok(self) -> bool:
        """True: a refusal is raised."""
        return self._response.ok

    def raise_for_status(self) -> None:
        """Does nothing: a refusal is raised by the call."""
        self._response.raise_for_status()

    @property
    def headers(self) -> Headers:
        """Empty."""
        return self._response.headers

    @property
    def content(self) -> bytes:
        """What the service said, as JSON; empty if it said nothing."""
        return self._response.content

    @property
    def text(self) -> str:
        """The same as a text."""
        return self._response.text

    @property
    def url(self) -> str:
        """The URL of the request, without query and secrets."""
        return self._response.url

    def __reduce__(self) -> Any:
        return type(self), (dict(self), self._response)


class Scope(NamedTuple):
    """An account, and the factory in it."""

    handle: Handle
    factory_id: Optional[str]

    def ask(
        self, function: Any, *arguments: Any, deadline: Optional[float] = None, progress: Reporter = None
    ) -> Any:
        """Calls a function that takes an account, a factory's id, these arguments, `const
        ferry_request_options *`, `ferry_value **out` and `ferry_error **err`.
        """
        with Request(None, deadline, progress) as request:
            factory_id = text("factory_id", self.factory_id)
            return request.json(function, self.handle, factory_id, *arguments, request.options)

    def answer(
        self, function: Any, *arguments: Any, deadline: Optional[float] = None, progress: Reporter = None
    ) -> Answer:
        """The same, with the response."""
        with Request(None, deadline, progress) as request:
            factory_id = text("factory_id", self.factory_id)
            return _answered(request, function, self.handle, factory_id, *arguments)

    def answer_resource(
        self,
        function: Any,
        resource: int,
        *arguments: Any,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Answer:
        """The same for a function that takes one of FERRY_FACTORIES, ... before the factory's id."""
        with Request(None, deadline, progress) as request:
            factory_id = text("factory_id", self.factory_id)
            return _answered(request, function, self.handle, resource, factory_id, *arguments)

    def ask_resource(
        self,
        function: Any,
        resource: int,
        *arguments: Any,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Any:
        """As ask() for a function that takes one of FERRY_FACTORIES, ... before the factory's id."""
        with Request(None, deadline, progress) as request:
            factory_id = text("factory_id", self.factory_id)
            return request.json(function, self.handle, resource, factory_id, *arguments, request.options)


def _answered(request: Request, function: Any, *arguments: Any) -> Answer:
    told = request.json(function, *arguments, request.options)
    return Answer(told, request.response_with(b"" if told is None else json.dumps(told).encode()))


PAGE = 100
"""How many objects a page has at most."""


class Collection(Generic[M]):
    """The objects of one kind, e.g. `factory.videos`."""

    def __init__(self, scope: Scope, model_type: Type[M], video_id: Optional[str] = None) -> None:
        self._scope = scope
        self._video_id = video_id
        self.model_type = model_type

    def all(self, *, deadline: Optional[float] = None, progress: Reporter = None, **params: Any) -> List[M]:
        """One page, as in the vendor's SDK, and not all of them, which all_pages() gives: page from 1,
        per_page up to 100, which is the default. Without page and per_page, a page that is full is a
        UserWarning, since there may be more. Videos and encodings: status ("success", "fail", "processing");
        encodings: video_id, profile_id, profile_name.

        Here and in every call: deadline is the seconds that it may take, retries included, default: the
        connection's; progress is as for Client.upload(), and so interrupts the call.
        """
        if self._video_id is not None:
            function, given = (
                lib.ferry_telestream_video_encodings,
                (text("video_id", self._video_id), params_json(params)),
            )
            found = self._scope.ask(function, *given, deadline=deadline, progress=progress)
        else:
            function = lib.ferry_telestream_list
            found = self._ask(function, params_json(params), deadline=deadline, progress=progress)
        if len(found) >= PAGE and not {"page", "per_page"} & params.keys():
            warnings.warn(
                f"all() gives one page, and it is full: {PAGE} {self.model_type.__name__} objects. "
                "There may be more: all_pages() gives all of them, all(page=2) the next ones.",
                stacklevel=2,
            )
        return self._models(found)

    aall = awaitable(all)

    def all_pages(
        self, *, deadline: Optional[float] = None, progress: Reporter = None, **params: Any
    ) -> List[M]:
        """Every page of all(), one after the other."""
        if self._video_id is not None:
            params["video_id"] = self._video_id
        function = lib.ferry_telestream_list_all
        return self._models(self._ask(function, params_json(params), deadline=deadline, progress=progress))

    aall_pages = awaitable(all_pages)

    def find(
        self, object_id: str, *, deadline: Optional[float] = None, progress: Reporter = None, **params: Any
    ) -> M:
        """One object by its id, a profile also by its name."""
        arguments = text("object_id", object_id), params_json(params)
        found = self._ask(lib.ferry_telestream_find, *arguments, deadline=deadline, progress=progress)
        return self.model_type(self._scope, found)

    afind = awaitable(find)

    def create(self, *, deadline: Optional[float] = None, progress: Reporter = None, **params: Any) -> M:
        """Makes an object. The request is not repeated once it may have arrived, or there would be two.

        A video needs source_url, or file, a local path, whose bytes progress counts; an encoding video_id (of
        a video's encodings it is that video's) and one of profile_id and profile_name; a profile preset_name,
        or command and extname.
        """
        if self._video_id is not None:
            params = {"video_id": self._video_id, **params}
        function = lib.ferry_telestream_create
        made = self._ask(function, params_json(params), deadline=deadline, progress=progress)
        return self.model_type(self._scope, made)

    acreate = awaitable(create)

    def delete(
        self, object_id: str, *, deadline: Optional[float] = None, progress: Reporter = None
    ) -> Answer:
        """Deletes a video with all its files, an encoding or a profile."""
        arguments = self.model_type._resource, text("object_id", object_id)
        return self._scope.answer_resource(
            lib.ferry_telestream_delete, *arguments, deadline=deadline, progress=progress
        )

    adelete = awaitable(delete)

    def _ask(self, function: Any, *arguments: Any, deadline: Optional[float], progress: Reporter) -> Any:
        resource = self.model_type._resource
        return self._scope.ask_resource(function, resource, *arguments, deadline=deadline, progress=progress)

    def _models(self, found: List[Dict[str, Any]]) -> List[M]:
        return [self.model_type(self._scope, details) for details in found]

    def __str__(self) -> str:
        return f"ModelAPI: {self.model_type.__name__}"

    def __repr__(self) -> str:
        return f"<{self}>"


class Model:
    """An object of the service. What the service says of it are its attributes, and `details` is all of it as
    a dict. Those that are usual have a type here; any of them may be None, or missing, which is an
    AttributeError. There may be others.
    """

    id: str
    created_at: str
    """As all times here "YYYY/MM/DD HH:MM:SS +0000"."""
    updated_at: str
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

    def reload(self, *, deadline: Optional[float] = None, progress: Reporter = None) -> None:
        """Asks the service for `details` anew; changes that are not saved are lost."""
        arguments = self._resource, self._id(), None
        found = self._scope.ask_resource(
            lib.ferry_telestream_find, *arguments, deadline=deadline, progress=progress
        )
        vars(self).update(details=found, _changes={})

    areload = awaitable(reload)

    def _answer(self, function: Any, deadline: Optional[float], progress: Reporter) -> Answer:
        """The answer of a function that takes the object's id."""
        return self._scope.answer(function, self._id(), deadline=deadline, progress=progress)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Model) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> Any:
        return type(self), self.details.get("id")

    def __repr__(self) -> str:
        return f"{type(self).__name__} {self.details.get('id', '?')}"


class Deletable(Model):
    def delete(self, *, deadline: Optional[float] = None, progress: Reporter = None) -> Answer:
        """Deletes it; a video with all its files."""
        arguments = self._resource, self._id()
        return self._scope.answer_resource(
            lib.ferry_telestream_delete, *arguments, deadline=deadline, progress=progress
        )

    adelete = awaitable(delete)


class Media(Deletable):
    """What videos and encodings have in common."""

    status: str
    """"processing", "success" or "fail"."""
    path: str
    extname: str
    """With its dot, such as ".mp4"."""
    mime_type: str
    file_size: int
    """Bytes."""
    duration: int
    """Milliseconds."""
    width: int
    height: int
    fps: float
    video_codec: str
    audio_codec: str
    video_bitrate: int
    audio_bitrate: int
    audio_channels: int
    audio_sample_rate: int
    error_class: str
    """Of what has failed."""
    error_message: str


class Updatable(Model):
    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("id", "details") or name in dir(type(self)):
            raise InvalidState(f"{name} of a {type(self).__name__} cannot be changed")
        if name in self.details and self.details[name] == value:
            self._changes.pop(name, None)
        else:
            self._changes[name] = value

    def save(self, *, deadline: Optional[float] = None, progress: Reporter = None) -> Dict[str, Any]:
        """Sends the attributes that were set to another value, and returns what the service said. Without
        any, nothing is sent.
        """
        if not self._changes:
            return self.details
        arguments = self._resource, self._id(), json_text("attributes", self._changes)
        answer = self._scope.ask_resource(
            lib.ferry_telestream_update, *arguments, deadline=deadline, progress=progress
        )
        saved: Dict[str, Any] = answer or {}
        told = saved if saved.get("id") == self.details.get("id") else {**self.details, **self._changes}
        vars(self).update(details=told, _changes={})
        return saved

    asave = awaitable(save)


class Video(Media):
    """A file that was sent to a factory."""

    _resource = _abi.FERRY_VIDEOS
    original_filename: str
    source_url: Optional[str]
    payload: str
    encodings_count: int
    encodings: Collection[Encoding]

    def __init__(self, scope: Scope, details: Optional[Mapping[str, Any]] = None) -> None:
        super().__init__(scope, details)
        vars(self)["encodings"] = Collection(scope, Encoding, self.details.get("id"))

    def metadata(self, *, deadline: Optional[float] = None, progress: Reporter = None) -> Answer:
        """What the service has read from the file."""
        return self._answer(lib.ferry_telestream_video_metadata, deadline, progress)

    def delete_source_file(self, *, deadline: Optional[float] = None, progress: Reporter = None) -> Answer:
        """Deletes the file the video was made from, and keeps its encodings."""
        return self._answer(lib.ferry_telestream_video_delete_source, deadline, progress)

    def wait(self, *, deadline: Optional[float] = None, progress: Reporter = None) -> Video:
        """Waits until the service has taken the file in, and returns itself with new details. If that failed,
        it is an HTTPError with the service's reason. deadline is that of the whole wait.
        """
        details = self._scope.ask(
            lib.ferry_telestream_video_wait, self._id(), deadline=deadline, progress=progress
        )
        vars(self)["details"] = details
        return self

    await_done = awaitable(wait)

    def wait_for_encodings(
        self, *, deadline: Optional[float] = None, progress: Reporter = None
    ) -> List[Encoding]:
        """Waits until the video and all its encodings are done, and returns them; some may have the status
        "fail".
        """
        function = lib.ferry_telestream_video_encodings_wait
        found = self._scope.ask(function, self._id(), deadline=deadline, progress=progress)
        return [Encoding(self._scope, details) for details in found]

    await_encodings = awaitable(wait_for_encodings)


class Encoding(Media):
    """A video in the form that a profile asks for."""

    _resource = _abi.FERRY_ENCODINGS
    video_id: str
    profile_id: str
    profile_name: str
    encoding_progress: Optional[float]
    """0 to 100."""
    encoding_time: Optional[float]
    """Seconds."""
    started_encoding_at: str
    files: List[str]
    screenshots: List[str]
    external_id: str
    parent_encoding_id: str
    logfile_url: str

    def video(self, *, deadline: Optional[float] = None, progress: Reporter = None) -> Video:
        """The video it is made of."""
        return Collection(self._scope, Video).find(self.video_id, deadline=deadline, progress=progress)

    def profile(self, *, deadline: Optional[float] = None, progress: Reporter = None) -> Profile:
        """The profile it is made by."""
        name = self.details.get("profile_id") or self.profile_name
        return Collection(self._scope, Profile).find(name, deadline=deadline, progress=progress)

    def update(
        self, *, deadline: Optional[float] = None, progress: Reporter = None, **attributes: Any
    ) -> Encoding:
        """Changes the given attributes, and returns itself with new details. Only an account with an API key
        can (API 3.1).
        """
        arguments = self._resource, self._id(), params_json(attributes)
        vars(self)["details"] = self._scope.ask_resource(
            lib.ferry_telestream_update, *arguments, deadline=deadline, progress=progress
        )
        return self

    def retry(self, *, deadline: Optional[float] = None, progress: Reporter = None) -> Answer:
        """Begins a failed encoding again."""
        return self._answer(lib.ferry_telestream_encoding_retry, deadline, progress)

    def cancel(self, *, deadline: Optional[float] = None, progress: Reporter = None) -> Answer:
        """Stops it."""
        return self._answer(lib.ferry_telestream_encoding_cancel, deadline, progress)

    def wait(self, *, deadline: Optional[float] = None, progress: Reporter = None) -> Encoding:
        """Waits until it is done, and returns itself with new details. If it failed, that is an HTTPError
        with the service's reason. deadline is that of the whole wait.
        """
        details = self._scope.ask(
            lib.ferry_telestream_encoding_wait, self._id(), deadline=deadline, progress=progress
        )
        vars(self)["details"] = details
        return self

    await_done = awaitable(wait)


class Profile(Updatable, Deletable):
    """How a factory encodes."""

    _resource = _abi.FERRY_PROFILES
    name: str
    title: str
    preset_name: str
    command: str
    extname: str
    width: int
    height: int
    video_bitrate: int
    audio_bitrate: int
    fps: Union[float, str]
    """A number, or a word such as "same_as_source"."""
    aspect_mode: str


def params_json(params: Mapping[str, Any]) -> Optional[bytes]:
    """Parameters as JSON text, paths as texts; None if there are none."""
    plain = {
        name: os.fspath(value) if isinstance(value, os.PathLike) else value for name, value in params.items()
    }
    return json_text("parameters", plain) if plain else None
