"""What is saved comes back as it was, value and type; every damaged, foreign or hostile file is one kind of error."""

import collections
import enum
import errno
import hashlib
import io
import json
import math
import os
import pickle
import random
import stat
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

import neurosim as ns
from neurosim import storage
from neurosim.storage import Record, read_record, write_record

SMALL = {"names": ["x", "y"], "weights": np.array([0.5, -1.0])}
PLAIN = {
    "none": None,
    "flags": [True, False, 1, 0, 1.0, 0.0, -0.0],
    "floats": [math.nan, math.inf, -math.inf, 5e-324, 1.7976931348623157e308, 0.1],
    "ints": [2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**5000, -(10**5000)],
    "texts": ["", "Köln", "\0\x1f\x7f\u2028\ufeff", "😀", "\ud83d\ude00", "\ude00", "a\ud800b", '"\\'],
    "tuples": [(), ((),), [()], (1, [2, (3,)])],
    "keys": {1: "a", "1": "b", 2.5: "c", None: "d", False: "e", (1, ("x", None)): "f", math.inf: "g", -0.5: "h"},
    "dollars": [{"$tuple": [1]}, {"$": 1}, {"$x": {"$y": 2}}, {"$dict": []}, {"a": 1, "$b": 2}],
    "odd keys": {"\ud800": 1, "": 2, "😀": 3},
    "empty": [[], {}, ()],
    "": "the empty key",
    "$int": "a key like a mark",
}
DTYPES = [np.dtype(name) for name in ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "brain.neurosim"


def identical(a, b):
    """Whether two values are equal in value and type, -0.0 and nan and the order of keys included."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        same = a.dtype == b.dtype and a.shape == b.shape and b.flags.c_contiguous and b.flags.writeable
        return same and a.tobytes() == b.tobytes()
    if isinstance(a, float):
        return (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1, a) == math.copysign(1, b))
    if isinstance(a, dict):
        return identical(list(a), list(b)) and identical(list(a.values()), list(b.values()))
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(identical, a, b))
    return a == b


def back(path, values):
    write_record(path, "test", values)
    record = read_record(path)
    assert type(record) is Record
    assert record.kind == "test"
    return record.values


def refused(path, match=None):
    """Read a file that has to be refused, with a message that names it."""
    with pytest.raises(ns.ModelFileError, match=match) as caught:
        read_record(path)
    assert str(path.name) in str(caught.value)
    assert str(caught.value).endswith((".", "neurosim"))
    return str(caught.value)


# --- There and back again ------------------------------------------------------------------------


def test_the_error_is_ours_and_a_value_error():
    assert issubclass(ns.ModelFileError, ns.NeurosimError)
    assert issubclass(ns.ModelFileError, ValueError)


def test_plain_values_come_back(path):
    assert identical(back(path, PLAIN), PLAIN)


atoms = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(),
    st.text(st.characters(categories=["Cs", "Cc", "Lu"])),
    st.sampled_from(["$tuple", "$", "\ud83d\ude00", -0.0, 2**63, 2**64]),
)
arrays = nps.arrays(st.sampled_from(DTYPES), nps.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
keys = st.recursive(atoms, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=4)
nested = st.recursive(
    atoms | arrays,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(keys, inner, max_size=4),
        st.dictionaries(st.text(max_size=4), inner, max_size=4),
    ),
    max_leaves=12,
)


@settings(max_examples=60)
@given(values=st.dictionaries(st.text(), nested, max_size=4))
def test_any_record_comes_back(tmp_path_factory, values):
    assert identical(back(tmp_path_factory.getbasetemp() / "any.neurosim", values), values)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (0, 4), (2, 0, 1), (2, 1, 3)], ids=str)
def test_arrays_of_every_kind_come_back(path, dtype, shape):
    array = np.asarray(np.random.default_rng(0).integers(0, 100, shape), dtype)
    assert identical(back(path, {"a": array})["a"], array)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12.0).reshape(3, 4).T,
        np.arange(12.0)[::-2],
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.arange(3, dtype=">i4"),
        np.array(2.5, dtype=">f8"),
        np.broadcast_to(np.float32(1), (2, 2)),
        np.ones((1,) * 20),
    ],
    ids=["transposed", "backwards", "Fortran", "big-endian", "0-d big-endian", "broadcast", "20-d"],
)
def test_arrays_come_back_contiguous_and_in_native_order(path, array):
    came = back(path, {"a": array})["a"]
    assert identical(came, np.array(array, array.dtype.newbyteorder("="), order="C"))
    came[...] = 0  # writable, and no view of what was given


def test_bits_of_floats_survive(path):
    bits = np.array([0x7FF0000000000001, 0xFFF8000000000000, 0x8000000000000000, 1], dtype=np.uint64)
    assert identical(back(path, {"a": bits.view(float)})["a"], bits.view(float))


def test_booleans_that_are_neither_are_true(path):
    odd = np.array([0, 1, 2, 255], dtype=np.uint8).view(bool)
    assert identical(back(path, {"a": odd})["a"], np.array([False, True, True, True]))


def test_numpy_scalars_become_numbers(path):
    scalars = [np.float64(0.5), np.float32(0.5), np.int8(-3), np.uint64(2**64 - 1), np.bool_(True), np.str_("x")]
    assert identical(back(path, {"a": scalars})["a"], [0.5, 0.5, -3, 2**64 - 1, True, "x"])
    assert identical(back(path, {np.str_("b"): {np.int64(1): 2}}), {"b": {1: 2}})
    assert identical(back(path, {"a": np.float32("nan")})["a"], math.nan)


def test_two_nans_may_be_two_keys(path):
    values = {"a": {math.nan: 1, float("nan"): 2, (math.nan,): 3, (float("nan"),): 4}}
    assert identical(back(path, values), values)


def test_the_same_array_twice_comes_back_as_two(path):
    array = np.arange(3)
    first, second = back(path, {"a": [array, array]})["a"]
    assert not np.shares_memory(first, second)


def test_large_arrays_come_in_pieces(path):
    array = np.random.default_rng(0).random(3 * 2**17 + 1)
    assert identical(back(path, {"a": array})["a"], array)


def test_the_deepest_nesting_comes_back(path):
    deep = ()
    for _ in range(storage.MOST_NESTED - 2):
        deep = {(): (deep,)} if deep == () else (deep,)
    assert identical(back(path, {"a": deep})["a"], deep)


@pytest.mark.parametrize("given_as", [str, lambda path: path])
def test_a_path_may_be_text(path, given_as):
    write_record(given_as(path), "test", SMALL)
    assert identical(read_record(given_as(path)).values, SMALL)


# --- The file ------------------------------------------------------------------------------------


def test_the_same_record_makes_the_same_bytes(path, tmp_path):
    write_record(path, "test", PLAIN | SMALL)
    first = path.read_bytes()
    write_record(tmp_path / "another", "test", read_record(path).values)
    assert (tmp_path / "another").read_bytes() == first


def test_the_bytes_are_those_of_schema_1(path):
    """Changes here are changes of the format: raise SCHEMA, and keep reading what this made."""
    write_record(path, "test", SMALL | {"n": (1, math.nan)})
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert digest == "702961c795e481c6585e582ab8ea7a05c15c0d0bf7b0109ca59a90d2b78f39f6"


def test_any_tool_can_look_into_the_file(path):
    write_record(path, "test", PLAIN | SMALL)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["model.json", "arrays/0.npy", "SHA256SUMS"]
        model = json.loads(archive.read("model.json"), parse_constant=pytest.fail)
        assert (model["format"], model["schema"], model["kind"]) == ("neurosim", 1, "test")
        assert np.load(io.BytesIO(archive.read("arrays/0.npy")), allow_pickle=False).tolist() == [0.5, -1.0]
        for line in archive.read("SHA256SUMS").decode().splitlines():
            digest, name = line.split("  ")
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest


def test_names_are_readable_in_the_file(path):
    write_record(path, "test", {"names": ["Köln"], "modes": {"Köln": "relu"}})
    with zipfile.ZipFile(path) as archive:
        text = archive.read("model.json").decode()
    assert '"names": ["Köln"],\n"modes": {"Köln": "relu"}\n' in text


# --- What cannot be saved ------------------------------------------------------------------------

Point = collections.namedtuple("Point", "x y")
Colour = enum.IntEnum("Colour", "RED")


@pytest.mark.parametrize(
    ("values", "where", "what"),
    [
        ({"neurons": {"x": {"notes": {"image": b""}}}}, "neurons['x']['notes']['image']", "of type bytes"),
        ({"a": [0, (1, {2})]}, "a[1][1]", "of type set"),
        ({"a": {frozenset(): 1}}, "a.keys()", "of type frozenset"),
        ({"a": {(1, b""): 1}}, "a.keys()[1]", "of type bytes"),
        ({"a": 1j}, "a", "of type complex"),
        ({"a": Point(1, 2)}, "a", "of type tests.test_storage.Point"),
        ({"a": Colour.RED}, "a", "of type tests.test_storage.Colour"),
        ({"a": collections.OrderedDict()}, "a", "of type collections.OrderedDict"),
        ({"a": np.array([None])}, "a", "an array of object"),
        ({"a": np.array(["x"])}, "a", "an array of <U1"),
        ({"a": np.array([1j])}, "a", "an array of complex128"),
        ({"a": np.zeros(1, "i4,f8")}, "a", "an array of"),
        ({"a": np.array(["2020"], "M8[D]")}, "a", "an array of datetime64"),
        ({"a": np.ma.zeros(2)}, "a", "of type numpy.ma"),
        ({"a": np.zeros((2, 2)).view(np.recarray)}, "a", "of type numpy"),
        ({"a": np.complex64(1)}, "a", "of type numpy.complex64"),
        ({"a": np.timedelta64(1)}, "a", "of type numpy.timedelta64"),
        ({"a": np.bytes_(b"x")}, "a", "of type numpy.bytes_"),
    ],
    ids=str,
)
def test_other_values_are_refused_by_their_place(path, values, where, what):
    with pytest.raises(ns.DataError) as caught:
        write_record(path, "test", values)
    assert f"The value of {where} is {what}" in str(caught.value)
    assert "Allowed are None" in str(caught.value)
    assert not list(path.parent.iterdir())


def test_messages_survive_numbers_that_python_does_not_write(path):
    with pytest.raises(ns.DataError, match=r"The value of a\[<int>\] is of type bytes"):
        write_record(path, "test", {"a": {10**5000: b""}})
    with pytest.raises(ns.DataError, match=r"must be text .got <int>"):
        write_record(path, "test", {10**5000: 1})
    with pytest.raises(ns.OptionError, match=r"must be a word, .* .got <int>"):
        write_record(path, 10**5000, {})
    with pytest.raises(ns.ModelFileError, match="<int> is not a path"):
        read_record(10**5000)


@pytest.mark.skipif(np.dtype(np.longdouble).itemsize == 8, reason="long doubles are doubles here")
@pytest.mark.parametrize("value", [np.longdouble(1), np.zeros(1, np.longdouble)], ids=["scalar", "array"])
def test_long_doubles_are_refused(path, value):
    with pytest.raises(ns.DataError, match="The value of a is"):
        write_record(path, "test", {"a": value})


def test_what_contains_itself_is_refused(path):
    loop = []
    loop.append(loop)
    with pytest.raises(ns.DataError, match=r"of a\[0\]\[0\] is nested more than 64 levels deep, or contains itself, "):
        write_record(path, "test", {"a": loop})


@pytest.mark.parametrize("values", [None, [], Record("a", {}), {1: 2}, {Colour.RED: 1}], ids=repr)
def test_a_record_is_a_dictionary_with_text_keys(path, values):
    with pytest.raises(ns.DataError, match="must be"):
        write_record(path, "test", values)


@pytest.mark.parametrize("kind", [None, "", 1, "a\nb", "\ud800", np.str_("x")])
def test_a_kind_is_a_word(path, kind):
    with pytest.raises(ns.OptionError, match="kind of a record must be a word"):
        write_record(path, kind, {})


# --- Safe writing --------------------------------------------------------------------------------


def failing(error):
    def fail(*_, **__):
        raise error

    return fail


class HalfFull(zipfile.ZipFile):
    """A disk that is full when the second member is written."""

    def open(self, name, mode="r", **options):
        if mode == "w" and name.filename != "model.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().open(name, mode, **options)


@pytest.mark.parametrize(
    "error", [OSError(errno.EIO, "Input/output error"), KeyboardInterrupt(), MemoryError()], ids=repr
)
@pytest.mark.parametrize(
    "place", ["os.fsync", "os.replace", "zipfile.ZipFile.__init__", "zipfile.ZipFile.close", "neurosim.storage._seal"]
)
def test_a_failure_leaves_the_old_file_and_nothing_else(path, monkeypatch, place, error):
    write_record(path, "test", SMALL)
    with monkeypatch.context() as patch:
        patch.setattr(place, failing(error))
        if place.startswith("zipfile"):
            patch.setattr("zipfile.ZipFile.__del__", lambda _: None)
        with pytest.raises(ns.ModelFileError if isinstance(error, OSError) else type(error)):
            write_record(path, "test", PLAIN)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert identical(read_record(path).values, SMALL)


def test_a_full_disk_leaves_the_old_file_and_nothing_else(path, monkeypatch):
    write_record(path, "test", SMALL)
    with monkeypatch.context() as patch:
        patch.setattr("zipfile.ZipFile", HalfFull)
        with pytest.raises(ns.ModelFileError, match="cannot be written: No space left on device"):
            write_record(path, "test", PLAIN | SMALL)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert identical(read_record(path).values, SMALL)


def test_an_interruption_between_chunks_leaves_the_old_file(path, monkeypatch):
    write_record(path, "test", SMALL)
    with monkeypatch.context() as patch:
        patch.setattr("zipfile._ZipWriteFile.write", failing(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            write_record(path, "test", PLAIN)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert identical(read_record(path).values, SMALL)


def test_a_file_system_without_folders_to_sync_is_fine(path, monkeypatch):
    monkeypatch.setattr("os.open", failing(PermissionError()))
    assert identical(back(path, SMALL), SMALL)


@pytest.mark.skipif(os.name != "posix", reason="permissions and links of Unix")
class TestOnUnix:
    @pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
    def test_permissions_are_those_of_any_new_file(self, path, mask, mode):
        before = os.umask(mask)
        try:
            write_record(path, "test", SMALL)
        finally:
            os.umask(before)
        assert stat.S_IMODE(path.stat().st_mode) == mode

    def test_permissions_of_an_older_file_are_kept(self, path):
        write_record(path, "test", SMALL)
        path.chmod(0o640)
        write_record(path, "test", PLAIN)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_a_link_is_followed_and_kept(self, path, tmp_path):
        (tmp_path / "folder").mkdir()
        path.symlink_to(tmp_path / "folder" / "real.neurosim")
        assert identical(back(path, SMALL), SMALL)
        assert path.is_symlink()
        assert (tmp_path / "folder" / "real.neurosim").is_file()

    def test_a_pipe_is_neither_waited_for_nor_replaced(self, path):
        os.mkfifo(path)
        refused(path, "is a device")
        with pytest.raises(ns.ModelFileError, match="something that is not a file"):
            write_record(path, "test", SMALL)
        assert stat.S_ISFIFO(path.stat().st_mode)

    def test_links_in_a_circle(self, path):
        path.symlink_to(path)
        refused(path)


def test_a_folder_is_not_a_file(tmp_path):
    refused(tmp_path, "is a folder")
    with pytest.raises(ns.ModelFileError, match="cannot be written: there is something that is not a file"):
        write_record(tmp_path, "test", SMALL)


def test_a_folder_that_does_not_exist(tmp_path):
    with pytest.raises(ns.ModelFileError, match="cannot be written: No such file or directory"):
        write_record(tmp_path / "nowhere" / "brain.neurosim", "test", SMALL)
    refused(tmp_path / "nowhere" / "brain.neurosim", "Its folder, .*nowhere.*, does not exist")


def test_a_missing_file_suggests_the_nearest(path):
    refused(path, "There is no file .* In its folder: There are none")
    write_record(path, "test", SMALL)
    refused(path.with_name("brian.neurosim"), "There is no file .* Did you mean 'brain.neurosim'")


@pytest.mark.parametrize("path", [None, 0, b"x", 1.5, "a\0b", "a\ud800b\0"], ids=repr)
def test_what_is_not_a_path(path):
    with pytest.raises(ns.ModelFileError, match="is not a path to a file"):
        read_record(path)
    with pytest.raises(ns.ModelFileError, match="is not a path to a file"):
        write_record(path, "test", {})


@pytest.mark.parametrize("name", ["x" * 1000, "\ud800\udfff"], ids=["long", "unencodable"])
def test_names_that_the_system_refuses(tmp_path, name):
    with pytest.raises(ns.ModelFileError):
        read_record(tmp_path / name)
    with pytest.raises(ns.ModelFileError):
        write_record(tmp_path / name, "test", {})


def test_a_file_that_may_not_be_read(path, monkeypatch):
    write_record(path, "test", SMALL)
    monkeypatch.setattr("builtins.open", failing(PermissionError(errno.EACCES, "Permission denied")))
    refused(path, "cannot be read: Permission denied")


def test_running_out_of_memory_is_not_blamed_on_the_file(path, monkeypatch):
    write_record(path, "test", SMALL)
    monkeypatch.setattr("numpy.empty", failing(MemoryError()))
    with pytest.raises(MemoryError):
        read_record(path)


WRITER = """
import sys, numpy as np
from neurosim.storage import write_record
path, number = sys.argv[1], int(sys.argv[2])
print(flush=True)
for i in range(150):
    write_record(path, "test", {"who": number, "i": i, "a": np.full(1000 * number, number)})
"""


def test_a_reader_sees_one_whole_file_while_two_write(path):
    write_record(path, "test", {"who": 1, "i": -1, "a": np.full(1000, 1)})
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [subprocess.Popen([*command, str(n)], stdout=subprocess.PIPE) for n in (1, 2)]
    try:
        for writer in writers:
            assert writer.stdout.readline()  # it has begun
        seen = []
        while not seen or any(writer.poll() is None for writer in writers):
            values = read_record(path).values
            assert np.array_equal(values["a"], np.full(1000 * values["who"], values["who"]))
            seen.append(values["who"])
    finally:
        for writer in writers:
            writer.communicate()
    assert [writer.returncode for writer in writers] == [0, 0]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


# --- Damage --------------------------------------------------------------------------------------


@pytest.fixture
def whole(path):
    write_record(path, "test", {"x": (1, np.array([0.5]))})
    return path.read_bytes()


def overwrite(path, content):
    with open(path, "wb") as file:
        file.write(content)


def test_every_flipped_bit_is_noticed(path, whole):
    content = bytearray(whole)
    with open(path, "r+b", buffering=0) as file:
        for place in range(len(content)):
            for bit in range(8):
                file.seek(place)
                file.write(bytes([whole[place] ^ 1 << bit]))
                with pytest.raises(ns.ModelFileError):
                    read_record(path)
            file.seek(place)
            file.write(whole[place : place + 1])
    assert read_record(path).kind == "test"


def test_every_cut_is_noticed(path, whole):
    for size in range(len(whole)):
        overwrite(path, whole[:size])
        refused(path)
        overwrite(path, whole[size + 1 :])
        refused(path)
        overwrite(path, whole[:size] + whole[size + 1 :])
        refused(path)


@pytest.mark.parametrize("more", [b"\0", b"\n", b"PK\x03\x04", bytes(1000)], ids=str)
def test_everything_added_is_noticed(path, whole, more):
    for content in (whole + more, more + whole, whole + whole, whole[:100] + more + whole[100:]):
        overwrite(path, content)
        refused(path)


def sealed(content):
    """The bytes of a file with a seal that fits: the work of somebody who knows how."""
    body = content[: -storage._SEAL_SIZE]
    return body + storage._SEAL + hashlib.sha256(body).hexdigest().encode()


def harmless(path, content, values):
    """Read a forged file: what was written, or a ModelFileError."""
    overwrite(path, content)
    try:
        record = read_record(path)
    except ns.ModelFileError:
        return
    assert identical(record.values, values)


def test_the_second_wall_holds_where_the_seal_was_forged(path, whole):
    values = read_record(path).values
    dice = random.Random(0)
    for place in range(len(whole) - storage._SEAL_SIZE):
        for byte in (whole[place] ^ 1 << dice.randrange(8), dice.randrange(256)):
            forged = bytearray(whole)
            forged[place] = byte
            harmless(path, sealed(bytes(forged)), values)


# --- Files made to do harm -----------------------------------------------------------------------


def npy(array, **options):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, **options)
    return file.getvalue()


def npy_header(text, content=b"", version=b"\x01\x00"):
    text = text.encode() + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text + content


def header(descr="'<f8'", order="False", shape="(1,)"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


def model(values="{}", format='"neurosim"', schema="1", kind='"test"'):
    return f'{{"format": {format}, "schema": {schema}, "kind": {kind}, "values": {values}}}'.encode()


def forge(path, members, *, sums=None, **options):
    """Make a file with these members, right sums and the right seal."""
    lines = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in members)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:
        archive.comment = bytes(storage._SEAL_SIZE)
        for name, content in [*members, ("SHA256SUMS", lines.encode() if sums is None else sums)]:
            archive.writestr(zipfile.ZipInfo(name), content, options.get("compression"))
    overwrite(path, sealed(file.getvalue()))


def forge_model(path, document):
    forge(path, [("model.json", document)])


def forge_array(path, content):
    forge(path, [("model.json", model('{"a": {"$array": "arrays/0.npy"}}')), ("arrays/0.npy", content)])


def test_the_forger_knows_how(path):
    forge_array(path, npy(np.array([0.5])))
    assert identical(read_record(path).values, {"a": np.array([0.5])})


@pytest.mark.parametrize(
    "content",
    [b"\x80\x04N.", b"\x89PNG\r\n\x1a\n", b"{}", b"P", b"PK", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), bytes(5000)],
    ids=str,
)
def test_other_files_are_foreign(path, content):
    overwrite(path, content)
    refused(path, "not one that neurosim wrote|damaged")


def test_an_empty_file(path):
    path.touch()
    refused(path, "is empty")


def test_other_zips_are_foreign(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    refused(path, "not one that neurosim wrote")
    np.savez(path.with_suffix(".npz"), a=np.zeros(3))
    refused(path.with_suffix(".npz"), "not one that neurosim wrote")


def test_a_newer_file_asks_for_an_upgrade(path):
    forge_model(path, model(schema="2", values='{"a": {"$set": [1]}}'))
    refused(path, r"was written by a newer neurosim \(schema 2; this one reads up to 1\). Upgrade it")


def test_a_newer_file_may_hold_other_members(path):
    forge(path, [("model.json", model(schema="7")), ("sounds/0.wav", b"")])
    refused(path, r"was written by a newer neurosim \(schema 7")


def test_arrays_may_be_referred_to_in_any_order(path):
    document = model('{"a": {"$array": "arrays/1.npy"}, "b": {"$array": "arrays/0.npy"}}')
    forge(path, [("model.json", document), ("arrays/0.npy", npy(np.zeros(1))), ("arrays/1.npy", npy(np.ones(2)))])
    assert identical(read_record(path).values, {"a": np.ones(2), "b": np.zeros(1)})


def test_arrays_that_nothing_refers_to(path):
    forge(path, [("model.json", model()), ("arrays/0.npy", npy(np.zeros(1)))])
    refused(path, "holds arrays that nothing refers to: 'arrays/0.npy'")


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"{",
        model(format='"other"'),
        model(format="null"),
        model(schema="0"),
        model(schema="-1"),
        model(schema="true"),
        model(schema="1.0"),
        model(schema='"1"'),
        model(kind="null"),
        model(values="[]"),
        model(values="null"),
        model(values='{"$tuple": []}'),
        model(values='{"$dict": [[1, 2]]}'),
        model(values='{"$array": "arrays/0.npy"}'),
        b"\xef\xbb\xbf" + model(),
        model() + b"x",
        model().decode().encode("utf-16"),
    ],
    ids=str,
)
def test_a_model_that_is_none(path, document):
    forge_model(path, document)
    refused(path)


@pytest.mark.parametrize(
    "value",
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e999",
        "9" * 21,
        "9" * 5000,
        "9" * 1_000_000,
        '{"a": 1, "a": 1}',
        '{"a": {"b": 1, "b": 2}}',
        '"\x01"',
        "'a'",
        "01",
        "[1,]",
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        '{"$tuple": [' * 5000 + "]}" * 5000,
        '{"$set": [1]}',
        '{"$tuple": [], "a": 1}',
        '{"$tuple": [], "$dict": []}',
        '{"$tuple": "ab"}',
        '{"$tuple": {"a": 1}}',
        '{"$tuple": null}',
        '{"$dict": {"a": 1}}',
        '{"$dict": [1]}',
        '{"$dict": [[1]]}',
        '{"$dict": [[1, 2, 3]]}',
        '{"$dict": [[1, 2], [1, 3]]}',
        '{"$dict": [[1, 2], [true, 3]]}',
        '{"$dict": [[[], 2]]}',
        '{"$dict": [[{"a": 1}, 2]]}',
        '{"$float": "infinity"}',
        '{"$float": 1.0}',
        '{"$float": []}',
        '{"$int": 5}',
        '{"$int": "5"}',
        '{"$int": "0x_5"}',
        '{"$int": " 0x5"}',
        '{"$int": "0xg"}',
        '{"$int": "0X5"}',
        '{"$text": [1114112]}',
        '{"$text": [-1]}',
        '{"$text": ["a"]}',
        '{"$text": "a"}',
        '{"$array": "arrays/0.npy"}',
        '{"$array": "SHA256SUMS"}',
        '{"$array": "model.json"}',
        '{"$array": "../../etc/passwd"}',
        '{"$array": []}',
        '{"$array": 0}',
    ],
    ids=lambda value: value[:40],
)
def test_hostile_values(path, value):
    forge_model(path, model(f'{{"a": {value}}}'))
    message = refused(path)
    assert len(message) < 600


def test_text_that_is_not_utf8(path):
    forge_model(path, model('{"a": "\x00"}').replace(b"\x00", b"\xff"))
    refused(path, "UnicodeDecodeError")


def test_bombs_of_references(path):
    twice = model('{"a": [{"$array": "arrays/0.npy"}, {"$array": "arrays/0.npy"}]}')
    forge(path, [("model.json", twice), ("arrays/0.npy", npy(np.zeros(3)))])
    refused(path, "or twice")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        npy(np.zeros(3))[:-1],
        npy(np.zeros(3)) + b"\0",
        npy(np.array([None]), allow_pickle=True),
        npy(np.zeros(3, "c16")),
        npy(np.zeros(3, ">f8")),
        npy(np.zeros(3, "S2")),
        npy(np.zeros(3, "U2")),
        npy(np.zeros(3, "M8[D]")),
        npy(np.zeros(3, "i4,f8")),
        npy(np.zeros(3), version=(2, 0)),
        npy(np.zeros(3), version=(3, 0)),
        npy(np.zeros(3, "u1"))[:-3].replace(b"|u1", b"|b1") + b"\0\1\2",
        npy_header(header(shape=f"({10**12},)"), bytes(8)),
        npy_header(header(shape=f"({10**12}, {10**12}, {10**12})"), bytes(8)),
        npy_header(header(shape=f"({2**61}, 8)"), b""),
        npy_header(header(shape=f"(0, {2**64})"), b""),
        npy_header(header(shape=f"(0, {'9' * 5000})"), b""),
        npy_header(header(shape="(" + "1, " * 100 + ")"), bytes(8)),
        npy_header(header(shape="(-1,)"), bytes(8)),
        npy_header(header(shape="(-1, -1)"), bytes(8)),
        npy_header(header(shape="(1 0,)"), bytes(8)),
        npy_header(header(shape="(True,)"), bytes(8)),
        npy_header(header(shape="[1]"), bytes(8)),
        npy_header(header(order="0"), bytes(8)),
        npy_header(header(descr="'|f8'"), bytes(8)),
        npy_header(header(descr="'<b1'"), bytes(1)),
        npy_header(header(descr="'<f1'"), bytes(1)),
        npy_header(header(descr="'|O'"), pickle.dumps(np.array([1]))),
        npy_header(header(descr="__import__('os').getcwd()"), bytes(8)),
        npy_header("(" * 60_000, bytes(8)),
        npy_header(header(), bytes(8), version=b"\x09\x00"),
        b"\x93NUMPY\x01\x00\xff\xff" + header().encode(),
    ],
    ids=lambda content: f"{content[10:90]!r}",
)
def test_hostile_arrays(path, content):
    forge_array(path, content)
    refused(path)


@pytest.mark.parametrize("array", [np.arange(6.0).reshape(2, 3), np.arange(24).reshape(2, 3, 4), np.ones((2, 0))])
def test_arrays_in_fortran_order_are_put_right(path, array):
    forge_array(path, npy(np.asfortranarray(array)))
    assert identical(read_record(path).values["a"], array)


def test_nothing_is_allocated_beyond_what_is_there(path, monkeypatch):
    """A shape of 10**12 numbers is refused before memory is asked for."""
    forge_array(path, npy_header(header(shape=f"({10**12},)"), bytes(800)))
    monkeypatch.setattr("numpy.empty", failing(AssertionError("allocated")))
    refused(path, "does not fit its 800 bytes")


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["other.json"],
        ["model.json", "model.json"],
        ["model.json", "arrays/0.npy"],
        ["model.json", "arrays/0.npy", "arrays/0.npy"],
        ["model.json", "arrays/1.npy"],
        ["model.json", "../evil"],
        ["model.json", "/etc/passwd"],
        ["model.json", "arrays/0.npy\0x"],
        ["model.json", "SHA256SUMS"],
        ["model.json", "arrays/"],
        ["model.json\0", "arrays/0.npy"],
        ["arrays/0.npy", "model.json"],
        ["model.json", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")],
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_odd_members(path, names):
    forge(path, [(name, model()) for name in names])
    refused(path)


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressed_members_are_refused(path, compression):
    forge(path, [("model.json", model('{"a": "' + "x" * 10_000 + '"}'))], compression=compression)
    refused(path, "compressed or encrypted")


@pytest.mark.parametrize("sums", [b"", b"x", b"0" * 64 + b"  model.json\n"])
def test_sums_that_do_not_fit(path, sums):
    forge(path, [("model.json", model())], sums=sums)
    refused(path, "do not match its SHA256SUMS")


def test_members_that_overlap(path):
    """One block of bytes that says it is many members: a small file that reads as a huge one."""
    array = npy(np.zeros(10_000))
    forge(path, [("model.json", model()), *[(f"arrays/{i}.npy", array if i == 0 else b"") for i in range(3)]])
    content = bytearray(path.read_bytes())
    first = content.index(b"PK\x01\x02")
    entry = content.index(b"PK\x01\x02", first + 1)  # of arrays/0.npy
    sizes = content[entry + 16 : entry + 28]
    for _ in range(2):
        entry = content.index(b"PK\x01\x02", entry + 1)
        content[entry + 16 : entry + 28] = sizes
    overwrite(path, sealed(bytes(content)))
    refused(path, "overlap")


FRAGMENTS = ["{", "}", "[", "]", ",", ":", '"', "$", "null", "1", "-", "e", "\\u", '{"$tuple":', '{"$dict":', "0", " "]


@given(text=st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join) | st.text(max_size=20))
def test_any_text_for_a_value_is_read_or_refused(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "text.neurosim"
    forge_model(path, model(f'{{"a": {text}}}'))
    try:
        values = read_record(path).values
    except ns.ModelFileError:
        return
    assert identical(back(path, values), values)
