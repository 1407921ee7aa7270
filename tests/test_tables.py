"""Tables for a terminal are aligned, for a notebook are escaped, and for a file can be read back."""

import csv

from neurosim.errors import ModelFileError
from neurosim.tables import as_html, as_text, write_csv
from tests.anatomy.helpers import complains


def test_columns_are_aligned():
    text = as_text("title", ["", "a", "long header"], [["row", "1", "2"], ["a longer row", "-10", "0.5"]], "a note")
    title, *lines, note = text.splitlines()
    assert (title, note) == ("title", "a note")
    assert {len(line) for line in lines} == {len("a longer row  -10  long header")}
    assert lines[2] == "a longer row  -10          0.5"


def test_a_notebook_shows_names_as_they_are():
    page = as_html("<i>", ["a&b"], [["<script>"]], "1 < 2")
    assert page == (
        "<table><caption>&lt;i&gt;</caption><tr><th>a&amp;b</th></tr><tr><td>&lt;script&gt;</td></tr></table>"
        "<p>1 &lt; 2</p>"
    )


def test_a_file_can_be_read_back(tmp_path):
    rows = [{"name": "a, b", "value": 0.1 + 0.2}, {"name": 'c "d"', "value": None}]
    write_csv(rows, tmp_path / "table.csv")
    with open(tmp_path / "table.csv", newline="", encoding="utf-8") as file:
        first, second = csv.DictReader(file)
    assert (first["name"], float(first["value"])) == ("a, b", 0.1 + 0.2)
    assert (second["name"], second["value"]) == ('c "d"', "")
    with complains(ModelFileError, "nowhere", "folder"):
        write_csv(rows, tmp_path / "nowhere" / "table.csv")
