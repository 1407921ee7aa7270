"""Every Python block of the README runs, in order, in one namespace; what it says it prints, it prints."""

import contextlib
import io
import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```(?:\s*```text\n(.*?)```)?", README.read_text(encoding="utf-8"), re.DOTALL)


def test_every_block_runs_and_prints_what_is_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    namespace = {}
    assert len(BLOCKS) >= 3
    for code, shown in BLOCKS:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, str(README), "exec"), namespace)
        if shown:
            assert out.getvalue().strip() == shown.strip()
    assert 0.97 <= namespace["accuracy"] < 0.99  # "about 0.98"


def test_every_picture_and_file_that_it_points_at_is_there():
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README.read_text(encoding="utf-8"))
    assert any(link.endswith(".png") for link in links)
    for link in links:
        assert (README.parent / link).exists(), link
