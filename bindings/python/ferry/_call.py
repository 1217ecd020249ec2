"""Calls of the library: arguments, outcomes and owned objects."""

from __future__ import annotations

import ctypes
import json
import operator
import os
from ctypes import byref, c_char_p, c_void_p
from typing import Any, Dict, Iterable, Mapping, Optional, Sequence, Tuple, Union

from . import _abi
from ._library import lib
from .errors import (
    BY_ERRNO,
    BY_STATUS,
    FerryError,
    InvalidArgument,
    InvalidState,
    IOFailure,
    NetworkError,
    of_number,
)
from .response import Headers, Response

Path = Union[str, "os.PathLike[str]"]


class PathText(bytes):
    """A path as the library takes it, and as it was given."""

    given: Path


class Handle:
    """Owns what a call gives: `out` is the `T **out` of that call. As an argument it is the object. It is
    freed with its last reference; ctypes keeps one as long as a call runs, so closing the owner meanwhile is
    safe.

    The object itself cannot be pickled. `again`, a function and its arguments, makes it anew where there is a
    pickle of it; without that, there is none.
    """

    __slots__ = ("_as_parameter_", "_free", "_process", "_getpid", "again", "kept", "paths")

    def __init__(self, free: Any, again: Optional[Tuple[Any, ...]] = None) -> None:
        self._as_parameter_ = c_void_p()
        self._free = free
        self.again = again
        # What the library calls as long as the object lives.
        self.kept: Any = None
        # Which files it was made for: its errors name them.
        self.paths: Tuple[PathText, ...] = ()
        self._getpid = os.getpid
        self._process = os.getpid()

    @property
    def out(self) -> Any:
        return byref(self._as_parameter_)

    @property
    def address(self) -> Optional[int]:
        return self._as_parameter_.value

    def check(self) -> None:
        if self._getpid() != self._process:
            raise InvalidState(
                "this object was made before the fork and cannot be used in the child process: "
                "make it anew there"
            )

    def __reduce__(self) -> Any:
        if self.again is None:
            raise TypeError("what the library holds cannot be pickled")
        function, *arguments = self.again
        return function, tuple(arguments)

    def __del__(self) -> None:
        if self._getpid() == self._process:
            self._free(self._as_parameter_)


class Owner:
    """The base of the public classes that own an object of the library."""

    _owned: Optional[Handle] = None

    @property
    def _handle(self) -> Handle:
        if self._owned is None:
            raise InvalidState(f"the {type(self).__name__} is closed")
        return self._owned


def failure(status: int, error: c_void_p, paths: Sequence[PathText] = ()) -> FerryError:
    """The exception for a failed call with these paths. Frees the error of the library."""
    kind = BY_STATUS.get(status, FerryError)
    message = (lib.ferry_error_message(error) or lib.ferry_status_name(status)).decode()
    if message.endswith(" is NULL"):  # an argument, by its name
        message = message[: -len("NULL")] + "None"
    number, words = of_number(lib.ferry_error_errno(error))
    if kind is IOFailure:
        kind = BY_ERRNO.get(number, kind)
    made = kind(
        message,
        http_status=lib.ferry_error_http_status(error),
        body=lib.ferry_error_body(error).decode(),
        step=lib.ferry_error_step(error).decode(),
        retryable=lib.ferry_error_retryable(error),
        status=lib.ferry_error_status(error) or status,
    )
    lib.ferry_error_free(error)
    if isinstance(made, IOFailure):
        named = [path.given for path in paths if os.fsdecode(path) in message]
        made.of_system(number, words, named[0] if named else None)
    elif isinstance(made, NetworkError):
        made.of_system(number, words, None)
    return made


def _paths_of(arguments: Sequence[Any]) -> Tuple[PathText, ...]:
    """The paths of a call, and those of the objects that it is about."""
    paths = [it for it in arguments if isinstance(it, PathText)]
    return (*paths, *(path for it in arguments if isinstance(it, Handle) for path in it.paths))


def check(function: Any, *arguments: Any) -> None:
    """Calls a function whose last argument is `ferry_error **`; raises if it fails."""
    for argument in arguments:
        if isinstance(argument, Handle):
            argument.check()
    error = c_void_p()
    status = function(*arguments, byref(error))
    if status != _abi.FERRY_OK:
        raise failure(status, error, _paths_of(arguments))


def owned(free: Any, function: Any, *arguments: Any) -> Handle:
    """Calls a function whose last arguments are `T **out, ferry_error **err`."""
    handle = Handle(free)
    check(function, *arguments, handle.out)
    handle.paths = _paths_of(arguments)
    return handle


def owned_text(function: Any, *arguments: Any) -> str:
    """The same for `char **out`."""
    return string_of(owned(lib.ferry_string_free, function, *arguments))


def owned_json(function: Any, *arguments: Any) -> Any:
    """The same for `ferry_value **out`, as dict, list, ...."""
    return json_of(owned(lib.ferry_value_free, function, *arguments))


def string_of(handle: Handle) -> str:
    return ctypes.string_at(handle.address or 0).decode()


def json_of(handle: Handle) -> Any:
    return json.loads(lib.ferry_value_json(handle))


def bytes_of(handle: Handle) -> bytes:
    return ctypes.string_at(lib.ferry_bytes_data(handle), lib.ferry_bytes_len(handle))


def response_of(handle: Handle) -> Response:
    pairs = [
        (
            lib.ferry_response_header_name(handle, index).decode(),
            lib.ferry_response_header_value(handle, index).decode(),
        )
        for index in range(lib.ferry_response_header_count(handle))
    ]
    return Response(
        lib.ferry_response_status(handle),
        ctypes.string_at(lib.ferry_response_body(handle), lib.ferry_response_body_len(handle)),
        Headers(pairs),
        lib.ferry_response_url(handle).decode(),
    )


def text(name: str, value: Optional[str]) -> Optional[bytes]:
    """A text as the library takes it."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if "\0" in value:
        raise InvalidArgument(f"{name} has a NUL character, which no text can have here")
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise InvalidArgument(f"{name} cannot be written in UTF-8: {error}") from None


def path_text(name: str, path: Path) -> Optional[bytes]:
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise TypeError(f"{name} must be a path, not {type(path).__name__}")
    encoded = text(name, os.fsdecode(os.fspath(path)))
    if encoded is None:
        return None
    made = PathText(encoded)
    made.given = path
    return made


def optional_path(name: str, path: Optional[Path]) -> Optional[bytes]:
    return None if path is None else path_text(name, path)


def json_text(name: str, value: Any) -> Optional[bytes]:
    """A value as JSON text; None stays None."""
    if value is None:
        return None
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise InvalidArgument(f"{name} cannot be written as JSON: {error}") from None


def text_list(name: str, values: Sequence[str]) -> Tuple[Any, int]:
    """A list of texts as `const char *const *` and its length."""
    if isinstance(values, str):
        raise TypeError(f"{name} must be a list of texts, not one text")
    if not isinstance(values, Iterable):
        raise TypeError(f"{name} must be a list of texts, not {type(values).__name__}")
    texts = [text(name, value) for value in values]
    return (c_char_p * len(texts))(*texts), len(texts)


def data_of(name: str, data: Any) -> Tuple[Any, int]:
    """Bytes as `const void *` and their length, not copied where they are bytes or can be written to."""
    if isinstance(data, bytes):
        return data, len(data)
    try:
        view = memoryview(data)
    except TypeError:
        or_path = "" if name == "file_obj" else ", or a path"
        words = f"{name} must be bytes or a binary file object{or_path}, not {type(data).__name__}"
        raise TypeError(words) from None
    if view.readonly or not view.c_contiguous or not view.nbytes:
        whole = view.tobytes()
        return whole, len(whole)
    return (ctypes.c_char * view.nbytes).from_buffer(view.cast("B")), view.nbytes


def real(name: str, value: Any) -> Any:
    """A number as it is; refuses what is none."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise TypeError(f"{name} is {value!r}, which is not a number")
    return value


def milliseconds(name: str, seconds: Optional[float]) -> int:
    """Seconds as the library takes a time; None, the default, is 0."""
    if seconds is None:
        return 0
    if not 0 < real(name, seconds) <= 4_294_967:
        raise InvalidArgument(
            f"{name} is {seconds!r}; it takes seconds from 0.001 to 4294967, or None for the default"
        )
    return max(1, round(seconds * 1000))


def whole(name: str, value: Any, least: int, most: int) -> int:
    """A whole number in a range. All numbers of callers come through here: ctypes cuts off what does not fit
    without a word.
    """
    takes = f"a whole number from {least} to {most}"
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is {value!r}; it takes {takes}") from None
    if not least <= number <= most:
        raise InvalidArgument(f"{name} is {number}, which is out of range; it takes {takes}")
    return number


def number(name: str, value: Optional[int], bits: int) -> int:
    """A number as an unsigned field takes it; None, the default, is 0."""
    return 0 if value is None else whole(name, value, 1, (1 << bits) - 1)


def mapping(name: str, value: Optional[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What is given by names; None is nothing."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a dict, not {type(value).__name__}")
    return value


def one_of(**given: Any) -> Tuple[str, Any]:
    """The one argument that is not None, with its name."""
    found = [(name, value) for name, value in given.items() if value is not None]
    if len(found) != 1:
        *names, last = given
        words = f"one of {', '.join(names)} and {last} is needed"
        if found:
            words += f", but {' and '.join(name for name, _ in found)} were given"
        raise InvalidArgument(words)
    return found[0]


def plain(value: Any) -> Any:
    """Objects with a handle, such as Filelinks, as their handles; in lists and dicts too."""
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return getattr(value, "handle", value)


def without_none(values: Dict[str, Any]) -> Dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def init(structure: Any, initialise: Any) -> Any:
    """An option struct with its defaults."""
    options = structure()
    initialise(byref(options), ctypes.sizeof(options))
    return options
