"""Kernels kept on disk: damage is mended, and a folder that cannot be written is no obstacle."""

import importlib.util
import logging
import re
from pathlib import Path

import numba
import numpy as np
import pytest

from neurosim.engine import kernel as kernels

SOURCE = """
from neurosim.engine.kernel import kernel

@kernel
def double(numbers):
    for i in range(len(numbers)):
        numbers[i] *= 2
"""


def a_new_process(path):
    """The kernel as a process sees it that has not compiled it yet."""
    spec = importlib.util.spec_from_file_location("kernels_of_a_test", path / "kernels_of_a_test.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.double


def hits(double):
    """How often it was found on disk; it must do its work in any case."""
    numbers = np.arange(3.0)
    double(numbers)
    assert numbers.tolist() == [0.0, 2.0, 4.0]
    return sum(double.stats.cache_hits.values())


@pytest.fixture
def source(tmp_path, monkeypatch):
    (tmp_path / "kernels_of_a_test.py").write_text(SOURCE)
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    kernels._folder.cache_clear()
    kernels.say_once.cache_clear()
    yield tmp_path
    kernels._folder.cache_clear()


def files(path, ending):
    found = list((path / "cache").rglob(f"*.{ending}"))
    assert found
    return found


def test_that_something_is_compiled_is_told_once(source, caplog):
    kernels._tell_that_it_takes_time.cache_clear()
    with caplog.at_level(logging.INFO, "neurosim"):
        assert hits(a_new_process(source)) == 0
        for file in files(source, "nbc"):
            file.unlink()
        assert hits(a_new_process(source)) == 0
        assert hits(a_new_process(source)) == 1
    assert [record.getMessage().count("take a minute") for record in caplog.records] == [1]


def test_whatever_kernels_are_made_from_tells_their_folders_apart(monkeypatch, tmp_path):
    package = Path(kernels.__file__).parent.parent
    made = [
        file for file in package.rglob("*.py") if re.search(r"^@(kernel|inlined|allocating)$", file.read_text(), re.M)
    ]
    assert len(made) > 10
    for file in made:
        for module in re.findall(r"^(?:from|import) neurosim\.(\w+)", file.read_text(), re.M):
            assert module in kernels.ROOMS, file
    for room in kernels.ROOMS:
        (tmp_path / room).mkdir()
    (tmp_path / "anatomy" / "soma.py").write_text("MODES = 1")
    monkeypatch.setattr(kernels, "__file__", str(tmp_path / "engine" / "kernel.py"))
    folders = set()
    for text in ("MODES = 1", "MODES = 2"):
        (tmp_path / "anatomy" / "soma.py").write_text(text)
        kernels._folder.cache_clear()
        folders.add(kernels._folder())
    kernels._folder.cache_clear()
    assert len(folders) == 2


def test_what_was_compiled_is_loaded(source):
    assert hits(a_new_process(source)) == 0
    assert hits(a_new_process(source)) == 1


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", [b"", b"garbage\n", None], ids=["empty", "garbage", "cut short"])
def test_a_damaged_kernel_is_compiled_again_and_kept(source, caplog, ending, damage):
    assert hits(a_new_process(source)) == 0
    for file in files(source, ending):
        file.write_bytes(file.read_bytes()[:-20] if damage is None else damage)
    with caplog.at_level(logging.INFO, "neurosim"):
        assert hits(a_new_process(source)) == 0
    assert "double" in caplog.text
    assert "damaged" in caplog.text
    assert hits(a_new_process(source)) == 1


def test_without_a_folder_kernels_are_compiled_all_the_same(source, caplog):
    (source / "cache").write_text("a file where the folder should be")
    for _ in range(2):
        assert hits(a_new_process(source)) == 0
    assert caplog.text.count("Set XDG_CACHE_HOME to a folder that can be written") == 1


def test_on_a_full_disk_kernels_are_compiled_all_the_same(source, caplog, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    double = a_new_process(source)
    monkeypatch.setattr(double._cache._cache_file, "_save_data", full)
    assert hits(double) == 0
    assert caplog.text.count("No space left on device") == 1
