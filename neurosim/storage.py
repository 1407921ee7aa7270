r"""A dictionary of plain values and arrays, written to a file and read back, safely.

The file is an ordinary zip, so any tool can look into it (and ``sha256sum -c SHA256SUMS`` can check it):

- ``model.json`` holds ``format`` (always "neurosim"), ``schema`` (the version of these rules), ``kind`` and ``values``;
- ``arrays/0.npy``, ``arrays/1.npy``, ... hold the arrays, in NumPy's own format, never pickled;
- ``SHA256SUMS`` holds the SHA-256 digest of each member above;
- the comment of the zip, which is its last bytes, holds the digest of all bytes before it: no bit of the file can
  change unnoticed.

What standard JSON cannot say is an object with one key that begins with ``$``:

===================================  =========================================================================
``{"$tuple": [1, 2]}``               a tuple
``{"$dict": [[1, "a"], [2, "b"]]}``  a dictionary with keys that are not text, or begin with ``$``
``{"$float": "nan"}``                nan, inf or -inf
``{"$int": "0x10000000000000000"}``  a whole number beyond 64 bits
``{"$text": [55296]}``               text that UTF-8 cannot hold (lone surrogates), by its code points
``{"$array": "arrays/0.npy"}``       an array: the member that holds it
===================================  =========================================================================

The same record makes the same bytes, on every system. Whoever changes these rules raises `SCHEMA`; the place of
``model.json`` (the first member) and the digest in the comment have to stay, so that older versions can say "newer".
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neurosim.errors import DataError, ModelFileError, OptionError, did_you_mean, shorten

if TYPE_CHECKING:
    import zipfile

FORMAT = "neurosim"
SCHEMA = 1
MOST_NESTED = 64  # far more than a noun needs, far less than would exhaust Python's stack on reading

_MODEL = "model.json"
_SUMS = "SHA256SUMS"
_ZIP_START = b"PK\x03\x04"
_ZIP_NAME = slice(30, 30 + len(_MODEL))  # where a zip has the name of its first member
_SEAL = b"neurosim sha256 "
_SEAL_SIZE = len(_SEAL) + 64
_CHUNK = 1 << 20
_KEYS = object()  # the step from a dictionary to its keys, in the trail that messages show
_SURROGATE = re.compile("[\ud800-\udfff]")
_NPY_START = b"\x93NUMPY\x01\x00"
_NPY_HEADER = re.compile(
    r"\{'descr': '(\|[biu]1|<[iuf][248])', 'fortran_order': (False|True), 'shape': \(([0-9, ]*)\), \} *\n"
)
_FLOATS = ("nan", "inf", "-inf")
_AGAIN = "Use an intact copy, or save it again."

PathLike = str | os.PathLike[str]
Array = npt.NDArray[Any]


@dataclasses.dataclass(frozen=True)
class Record:
    """What a file holds.

    Attributes
    ----------
    kind : str
        The word for what the values describe: "network", "recording", ...
    values : dict
        The dictionary that was written.
    """

    kind: str
    values: dict[str, Any]


def write_record(path: PathLike, kind: str, values: dict[str, Any]) -> None:
    """Write a dictionary of plain values and arrays to a file.

    The file appears whole or not at all: everything goes to a temporary file beside it, which takes
    its place only when it is safely on the disk. If anything fails, an older file is untouched.

    Parameters
    ----------
    path : str or path
        Where to; by custom it ends in ``.neurosim``. An older file there is replaced, and its permissions are kept;
        a link is followed.
    kind : str
        The word for what the values describe.
    values : dict
        Its keys are text; its values None, booleans, whole numbers, floats, text, lists, tuples, dictionaries (with
        keys of any of these that can be hashed), and NumPy arrays of booleans, whole numbers or floats up to 64 bits,
        at most 64 levels deep. NumPy's scalars become Python's; arrays come back in C order and native byte order.

    Raises
    ------
    DataError
        If a value cannot be written; the message says where it is.
    OptionError
        If the kind is not a word.
    ModelFileError
        If the file cannot be written: no such folder, no permission, a full disk, ...

    See Also
    --------
    read_record : the way back.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name, "brain.neurosim")
    >>> write_record(path, "network", {"names": ["x", "y"], "weights": np.array([0.5])})
    >>> read_record(path)
    Record(kind='network', values={'names': ['x', 'y'], 'weights': array([0.5])})
    >>> write_record(path, "network", {"notes": {"x": [1, b"?"]}})
    Traceback (most recent call last):
    neurosim.errors.DataError: The value of notes['x'][1] is of type bytes, which cannot be saved. ...
    >>> folder.cleanup()
    """
    if type(kind) is not str or not kind.isprintable() or not kind:  # lone surrogates are not printable
        raise OptionError(f"The kind of a record must be a word, such as 'network' (got {_shown(kind)}).")
    encoder = _Encoder()
    document = _document(kind, encoder.record(values))
    target = _resolved(path)
    try:
        with _replacing(target) as handle:
            _write_zip(handle, document, encoder.arrays)
            _seal(handle)
    except OSError as error:
        raise ModelFileError(
            f"The file {str(target)!r} cannot be written: {error.strerror or error}. "
            "What was there before is unchanged. Give a path in a folder that exists, may be written to, and has room."
        ) from error


def read_record(path: PathLike) -> Record:
    """Read a file that `write_record` wrote.

    Nothing in the file is executed, and nothing is allocated beyond what it holds: a stranger's file does no harm.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    Record
        Equal to what was written, in values and in types.

    Raises
    ------
    ModelFileError
        If the file is missing, damaged, not one of neurosim's, or written by a newer version; whatever is wrong with
        it, it is this error.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name, "brain.neurosim")
    >>> write_record(path, "network", {"position": (0.5, float("inf"))})
    >>> read_record(path).values
    {'position': (0.5, inf)}
    >>> path.write_bytes(path.read_bytes()[:-1])
    489
    >>> read_record(path)
    Traceback (most recent call last):
    neurosim.errors.ModelFileError: The file '...brain.neurosim' is damaged or cut short: it does not match ...
    >>> folder.cleanup()
    """
    file = _resolved(path)
    with _blaming(file):
        _check_is_file(file)
        with open(file, "rb") as handle:
            _check_seal(handle)
            return _read_zip(handle)


# --- Plain values to JSON ------------------------------------------------------------------------


class _Encoder:
    """Turns plain values into what JSON can say, and sets the arrays aside."""

    def __init__(self) -> None:
        self.arrays: list[Array] = []
        self._trail: list[object] = []  # the keys that lead to the value at hand
        self._ways: dict[type, Callable[[Any], object]] = {
            type(None): _as_it_is,
            bool: _as_it_is,
            int: _encode_int,
            float: _encode_float,
            str: _encode_text,
            list: self._items,
            tuple: lambda items: {"$tuple": self._items(items)},
            dict: self._dict,
            np.ndarray: self._array,
        }

    def record(self, values: object) -> dict[str, object]:
        if type(values) is not dict:
            raise DataError(f"A record must be a dictionary (got {_type_name(values)}).")
        for key in values:
            if type(key) not in (str, np.str_):
                raise DataError(f"The keys of a record must be text (got {_shown(key)}).")
        return self._dict(values)

    def _encode(self, value: object) -> object:
        if isinstance(value, np.generic):
            return self._scalar(value)
        way = self._ways.get(type(value))  # exact types only: a subclass would come back as something else
        if way is None:
            raise self._refused(f"of type {_type_name(value)}")
        return way(value)

    def _inside(self, step: object, value: object) -> object:
        self._trail.append(step)
        if len(self._trail) > MOST_NESTED:
            del self._trail[3:]
            raise self._refused(f"nested more than {MOST_NESTED} levels deep, or contains itself")
        encoded = self._encode(value)
        self._trail.pop()
        return encoded

    def _items(self, items: list[object] | tuple[object, ...]) -> list[object]:
        return [self._inside(i, item) for i, item in enumerate(items)]

    def _dict(self, values: dict[Any, object]) -> dict[str, object]:
        keys = [self._inside(_KEYS, key) for key in values]
        encoded = [self._inside(key, value) for key, value in values.items()]
        names = [key for key in keys if isinstance(key, str) and not key.startswith("$")]
        if len(names) == len(keys):
            return dict(zip(names, encoded, strict=True))
        return {"$dict": [list(pair) for pair in zip(keys, encoded, strict=True)]}

    def _array(self, array: Array) -> dict[str, object]:
        if not _storable(array.dtype):
            raise self._refused(f"an array of {array.dtype}")
        self.arrays.append(array)
        return {"$array": _array_name(len(self.arrays) - 1)}

    def _scalar(self, value: np.generic) -> object:
        if isinstance(value, np.str_):
            return _encode_text(str(value))
        if not _storable(value.dtype):
            raise self._refused(f"of type {_type_name(value)}")
        return self._encode(value.item())

    def _refused(self, what: str) -> DataError:
        first, *steps = self._trail
        where = "".join(".keys()" if step is _KEYS else f"[{_shown(step)}]" for step in steps)
        return DataError(
            f"The value of {first}{where} is {what}, which cannot be saved. Allowed are None, True, False, whole "
            "numbers, floats, text, lists, tuples, dictionaries, and NumPy arrays of booleans, whole numbers or floats "
            "up to 64 bits, but no other types made from these. Turn it into one of them first, or leave it out."
        )


def _as_it_is(value: object) -> object:
    return value


def _encode_int(value: int) -> object:
    # Beyond 64 bits in base 16: Python takes ever longer to write and read decimals, and by itself stops at 4300.
    return value if value.bit_length() < 64 else {"$int": hex(value)}


def _encode_float(value: float) -> object:
    return value if math.isfinite(value) else {"$float": repr(value)}


def _encode_text(value: str) -> object:
    return {"$text": [ord(character) for character in value]} if _SURROGATE.search(value) else value


def _storable(dtype: np.dtype[Any]) -> bool:
    return dtype.kind in "biuf" and dtype.itemsize <= 8


def _shown(value: object) -> str:
    try:
        return f"{value!r:.100}"
    except ValueError:  # Python writes no number of more than 4300 digits
        return f"<{_type_name(value)}>"


def _type_name(value: object) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _document(kind: str, values: dict[str, object]) -> bytes:
    """The text of model.json: compact, but a line for each key of the record."""
    import json

    def written(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)

    start = f'{{"format": "{FORMAT}", "schema": {SCHEMA}, "kind": {written(kind)}, "values": {{\n'
    lines = ",\n".join(f"{written(key)}: {written(value)}" for key, value in values.items())
    return f"{start}{lines}\n}}}}\n".encode()


# --- JSON to plain values ------------------------------------------------------------------------


class _UnreadableError(Exception):
    """What is wrong with a file, as the second half of a sentence that begins with its name."""


class _Decoder:
    """Turns what model.json says back into plain values, and fetches the arrays."""

    def __init__(self, fetch: Callable[[str], Array]) -> None:
        self._ways: dict[str, Callable[[Any], object]] = {
            "$tuple": lambda items: tuple(self._items(items)),
            "$dict": self._dict,
            "$float": _decode_float,
            "$int": _decode_int,
            "$text": lambda codes: "".join(map(chr, codes)),
            "$array": fetch,
        }

    def decode(self, value: object) -> object:
        if isinstance(value, list):
            return self._items(value)
        if not isinstance(value, dict):
            return value
        if not any(key.startswith("$") for key in value):
            return {key: self.decode(item) for key, item in value.items()}
        [(tag, content)] = value.items()
        return self._ways[tag](content)

    def _items(self, items: object) -> list[Any]:
        if not isinstance(items, list):
            raise _UnreadableError(f"has {items!r:.40} where a list was needed")
        return [self.decode(item) for item in items]

    def _dict(self, pairs: object) -> dict[Any, object]:
        return _without_duplicates([(key, value) for key, value in self._items(pairs)])


def _decode_float(text: str) -> float:
    if text not in _FLOATS:
        raise _UnreadableError(f"has {text!r:.40} where nan, inf or -inf was needed")
    return float(text)  # a new nan every time: two may be two keys of one dictionary


def _decode_int(text: str) -> int:
    value = int(text, 16)
    if hex(value) != text:
        raise _UnreadableError(f"has {text!r:.40} where a number in base 16 was needed")
    return value


def _without_duplicates(pairs: list[tuple[Any, object]]) -> dict[Any, object]:
    values = dict(pairs)
    if len(values) != len(pairs):
        [(twice, _)] = Counter(key for key, _ in pairs).most_common(1)
        raise _UnreadableError(f"has the key {twice!r:.40} twice")
    return values


def _parse(document: bytes) -> Any:
    """Read strict JSON: no key twice, no NaN, no number that Python would round to infinity."""
    import json

    def refuse(token: str) -> object:
        raise _UnreadableError(f"has the number {token:.40}, which neurosim does not write like this")

    return json.loads(
        document.decode(),
        object_pairs_hook=_without_duplicates,
        parse_constant=refuse,
        parse_int=lambda token: int(token) if len(token) <= 20 else refuse(token),
        parse_float=lambda token: float(token) if math.isfinite(float(token)) else refuse(token),
    )


def _unwrap(document: object) -> tuple[str, dict[str, object]]:
    """Check what model.json says of itself; its kind and its values, still encoded."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _UnreadableError("is a zip, but not one that neurosim wrote: its model.json does not say so")
    schema, kind, values = (document.get(key) for key in ("schema", "kind", "values"))
    if type(schema) is int and schema > SCHEMA:
        raise _UnreadableError(
            f"was written by a newer neurosim (schema {schema}; this one reads up to {SCHEMA}). "
            "Upgrade it: pip install --upgrade neurosim"
        )
    if type(schema) is not int or schema < 1 or not isinstance(kind, str) or not isinstance(values, dict):
        raise _UnreadableError("has no schema, kind and values, which every file of neurosim has")
    return kind, values


# --- The zip -------------------------------------------------------------------------------------


def _array_name(number: int) -> str:
    return f"arrays/{number}.npy"


def _write_zip(handle: IO[bytes], document: bytes, arrays: list[Array]) -> None:
    import zipfile

    with zipfile.ZipFile(handle, "w") as archive:
        archive.comment = bytes(_SEAL_SIZE)  # the place for the seal
        sums = [_write_member(archive, _MODEL, document)]
        for number, array in enumerate(arrays):
            sums.append(_write_member(archive, _array_name(number), *_npy(array)))
        _write_member(archive, _SUMS, "".join(sums).encode())


def _write_member(archive: zipfile.ZipFile, name: str, *parts: bytes | memoryview) -> str:
    """Write one member; its line in SHA256SUMS."""
    import hashlib
    import zipfile

    info = zipfile.ZipInfo(name)  # dated 1980: the same record makes the same bytes
    info.create_system = 3  # "Unix", wherever this runs, so that the permissions mean something
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.file_size = sum(len(part) for part in parts)  # decides whether 64-bit sizes are needed
    digest = hashlib.sha256()
    with archive.open(info, "w") as member:
        for part in parts:
            digest.update(part)
            member.write(part)
    return _sum_line(digest.hexdigest(), name)


def _sum_line(digest: str, name: str) -> str:
    return f"{digest}  {name}\n"


def _seal(handle: IO[bytes]) -> None:
    """Write the digest of the whole file into the comment, its last bytes."""
    size = handle.seek(0, os.SEEK_END) - _SEAL_SIZE
    seal = _seal_of(handle, size)
    handle.seek(size)
    handle.write(seal)


def _seal_of(handle: IO[bytes], size: int) -> bytes:
    """The seal for the first `size` bytes of a file."""
    import hashlib

    digest = hashlib.sha256()
    handle.seek(0)
    while size > 0 and (chunk := handle.read(min(size, _CHUNK))):
        digest.update(chunk)
        size -= len(chunk)
    return _SEAL + digest.hexdigest().encode()


def _check_seal(handle: IO[bytes]) -> None:
    """Check every byte of the file, before any of them is believed."""
    size = handle.seek(0, os.SEEK_END)
    if not size:
        raise _UnreadableError(f"is empty. {_AGAIN}")
    handle.seek(0)
    start = handle.read(_ZIP_NAME.stop)
    if not (_ZIP_START.startswith(start[:4]) and _MODEL.encode().startswith(start[_ZIP_NAME])):
        raise _UnreadableError(
            f"is not one that neurosim wrote, or its beginning is damaged (it begins with {start[:8]!r}). "
            "Give a file that neurosim saved"
        )
    handle.seek(max(0, size - _SEAL_SIZE))
    if handle.read() != _seal_of(handle, size - _SEAL_SIZE):
        raise _UnreadableError(f"is damaged or cut short: it does not match its own checksum. {_AGAIN}")


def _read_zip(handle: IO[bytes]) -> Record:
    import zipfile

    with zipfile.ZipFile(handle) as archive:
        members = _Members(archive)
        kind, encoded = _unwrap(_parse(members.read(_MODEL)))  # first: a newer file may hold other members
        members.check_layout(handle.seek(0, os.SEEK_END))
        values = _Decoder(members.fetch).decode(encoded)
        if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
            raise _UnreadableError("holds values that are not a dictionary with text keys")
        members.check_all_read()
        return Record(kind, values)


class _Members:
    """The members of a zip, each to be read once; the strictness is against files made to do harm."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = [info.orig_filename for info in archive.infolist()]
        self._unread = dict(zip(self._names, archive.infolist(), strict=True))
        self._digests: dict[str, str] = {}

    def check_layout(self, size: int) -> None:
        """Check that there are the members that neurosim writes, in its order, in a file of `size` bytes."""
        expected = [_MODEL, *map(_array_name, range(len(self._names) - 2)), _SUMS]
        if self._names != expected:
            raise _UnreadableError(f"holds {shorten(self._names, 5)}, and not {shorten(expected, 5)}")
        if sum(info.file_size for info in self._archive.infolist()) > size:
            raise _UnreadableError("has members that overlap")

    def _take(self, name: str) -> zipfile.ZipInfo:
        info = self._unread.pop(name)
        if info.compress_type or info.flag_bits or info.compress_size != info.file_size:
            raise _UnreadableError(f"has {name} compressed or encrypted, which neurosim never does")
        return info

    def read(self, name: str) -> bytes:
        import hashlib

        content = self._archive.read(self._take(name))
        self._digests[name] = hashlib.sha256(content).hexdigest()
        return content

    def fetch(self, name: str) -> Array:
        """Read the array in a member."""
        import hashlib

        if name not in self._unread or name == _SUMS:
            raise _UnreadableError(f"refers to the array {name!r:.40}, which it does not hold, or twice")
        info = self._take(name)
        digest = hashlib.sha256()
        with self._archive.open(info) as member:
            array = _read_npy(_Hashed(member, digest.update), info.file_size)
        self._digests[name] = digest.hexdigest()
        return array

    def check_all_read(self) -> None:
        """Check that nothing is left over, and that all that was read is what was once written."""
        sums = self._archive.read(self._take(_SUMS))
        if self._unread:
            raise _UnreadableError(f"holds arrays that nothing refers to: {shorten(self._unread)}")
        if sums != "".join(_sum_line(self._digests[name], name) for name in self._names[:-1]).encode():
            raise _UnreadableError(f"is damaged: its members do not match its {_SUMS}. {_AGAIN}")


# --- Arrays --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class _Hashed:
    """A file whose every byte is noted as it is read."""

    file: IO[bytes]
    note: Callable[[bytes], None]

    def read(self, size: int) -> bytes:
        content = self.file.read(size)
        self.note(content)
        return content


def _npy(array: Array) -> tuple[bytes, memoryview]:
    """An array as a .npy file. NumPy's own writer pads the header differently from version to version."""
    dtype = array.dtype.newbyteorder("<")
    flat = np.asarray(array, dtype, order="C").reshape(-1)
    if dtype.kind == "b":
        flat = flat.view(np.uint8) != 0  # a view of other bytes may hold more than 0 and 1
    text = f"{{'descr': '{dtype.str}', 'fortran_order': False, 'shape': {tuple(array.shape)}, }}"
    start = len(_NPY_START) + 2
    text += " " * (-(start + len(text) + 1) % 64) + "\n"
    header = _NPY_START + len(text).to_bytes(2, "little") + text.encode()
    return header, flat.view(np.uint8).data


def _read_npy(file: _Hashed, size: int) -> Array:
    """Read a .npy file of `size` bytes; nothing is allocated before the header is known to fit them."""
    start = file.read(len(_NPY_START) + 2)
    header = file.read(int.from_bytes(start[-2:], "little"))
    match = _NPY_HEADER.fullmatch(header.decode("latin-1"))
    if match is None or not start.startswith(_NPY_START):
        raise _UnreadableError("has an array that neurosim does not write: of objects, of another byte order, ...")
    dtype = np.dtype(match[1])
    shape = tuple(int(length) for length in match[3].replace(" ", "").rstrip(",").split(",") if length)
    left = size - len(start) - len(header)
    if math.prod(shape) * dtype.itemsize != left:
        raise _UnreadableError(f"has an array whose shape, {shape}, does not fit its {left} bytes")
    flat = np.empty(math.prod(shape), dtype)
    _fill(flat.view(np.uint8).data, file)
    if dtype.kind == "b" and flat.view(np.uint8).max(initial=0) > 1:
        raise _UnreadableError("has an array of booleans that are neither true nor false")
    array = flat.reshape(shape, order="F" if match[2] == "True" else "C")
    return np.asarray(array, dtype.newbyteorder("="), order="C")


def _fill(buffer: memoryview, file: _Hashed) -> None:
    for start in range(0, len(buffer), _CHUNK):
        part = buffer[start : start + _CHUNK]
        part[:] = file.read(len(part))


# --- Files ---------------------------------------------------------------------------------------


def _resolved(path: PathLike) -> Path:
    """The file that a path leads to, links followed, so that saving replaces the file and not the link."""
    try:
        return Path(os.path.realpath(Path(path)))
    except (TypeError, ValueError, OSError) as error:
        raise ModelFileError(
            f"{_shown(path)} is not a path to a file: {error}. Give one, such as 'brain.neurosim'."
        ) from error


@contextlib.contextmanager
def _replacing(target: Path) -> Iterator[IO[bytes]]:
    """A new file that takes the place of `target` if all goes well, and is gone if not."""
    if target.exists() and not target.is_file():
        raise OSError("there is something that is not a file")  # a folder, or a device that would be lost
    part = target.with_name(f".{os.urandom(8).hex()}.neurosim-part")
    try:
        with open(part, "x+b") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        if target.exists():
            part.chmod(stat.S_IMODE(target.stat().st_mode))
        os.replace(part, target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Put the new name on the disk too, on systems where folders can be opened."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _check_is_file(file: Path) -> None:
    mode = os.stat(file).st_mode  # before it is opened: opening a pipe would wait for ever
    if not stat.S_ISREG(mode):
        raise _UnreadableError(
            f"is a {'folder' if stat.S_ISDIR(mode) else 'device'}. Give a file in it that neurosim saved"
        )


@contextlib.contextmanager
def _blaming(file: Path) -> Iterator[None]:
    """Turn whatever goes wrong inside into one error that names the file."""
    try:
        yield
    except FileNotFoundError:
        raise ModelFileError(f"There is no file {str(file)!r}. {_neighbours(file)}") from None
    except OSError as error:
        raise ModelFileError(f"The file {str(file)!r} cannot be read: {error.strerror or error}.") from error
    except _UnreadableError as error:
        raise ModelFileError(f"The file {str(file)!r} {str(error).rstrip('.')}.") from error.__cause__
    except MemoryError:
        raise
    except Exception as error:  # the parsers of the standard library fail in many ways on a crafted file
        raise ModelFileError(
            f"The file {str(file)!r} is not as neurosim writes files ({type(error).__name__}: {error!s:.200}). {_AGAIN}"
        ) from error


def _neighbours(file: Path) -> str:
    """What else is in the folder of a file that is not there."""
    try:
        names = sorted(other.name for other in file.parent.iterdir() if other.is_file())
    except OSError:
        return f"Its folder, {str(file.parent)!r}, does not exist or cannot be read."
    return f"In its folder: {did_you_mean(file.name, names)}"
