"""Imports point down only, and importing neurosim is quick because it loads nothing heavy."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import neurosim

PACKAGE = Path(neurosim.__file__).parent
SCENARIOS = PACKAGE.parent / "scenarios"

# From the ground up; what shares a line may not import each other, unless it is one room.
FLOORS = [
    {"errors"},
    {"checks", "later", "progress", "storage", "tables"},
    {"anatomy"},
    {"datasets"},
    {"engine"},
    {"physiology"},
    {"files"},
    {"plasticity"},
    {"analysis"},
    {"plotting"},
    {"story"},
    {"scenarios"},
    {"__init__"},  # the public names
    {"tour"},
    {"cli"},
    {"__main__"},
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
HEAVY = {"matplotlib", "scipy", "networkx", "typer", "rich", "numba", "pandas", "sklearn", "torch", "IPython"}


def imports(path, *, lazy=True, types=True):
    """Every module that a file imports, with the line; inside functions and type-checking blocks as well, or not."""
    found = []

    def walk(node):
        for child in ast.iter_child_nodes(node):
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            typing = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            if (inside and not lazy) or (typing and not types):
                continue
            if isinstance(child, ast.Import):
                found.extend((alias.name, child.lineno) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{path}:{child.lineno}: write the whole name of the module"
                found.extend((f"{child.module}.{alias.name}", child.lineno) for alias in child.names)
            walk(child)

    walk(ast.parse(path.read_text(encoding="utf-8")))
    return found


def room(module):
    """The room of neurosim that a module belongs to, "__init__" for neurosim itself, None for others."""
    first, *rest = module.split(".")
    if first != "neurosim":
        return None
    return rest[0] if rest and (rest[0] in FLOOR or (PACKAGE / rest[0]).exists()) else "__init__"


FILES = sorted(PACKAGE.rglob("*.py"))
STORIES = sorted(SCENARIOS.glob("*.py"))


def relative(path):
    return str(path.relative_to(PACKAGE.parent))


def upward(path):
    """The imports of a file of neurosim that point up, or sideways to another room."""
    mine = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert mine in FLOOR, f"{relative(path)}: put the new room {mine!r} on a floor in {__file__}"
    return [
        f"{relative(path)}:{line} imports {module}"
        for module, line in imports(path)
        if (other := room(module)) is not None and other != mine and FLOOR[other] >= FLOOR[mine]
    ]


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_imports_point_down(path):
    assert not upward(path)


def test_an_import_that_points_up_is_found(tmp_path, monkeypatch):
    """The test of the test: one of each kind, in a copy of the house."""
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path / "neurosim")
    for name, text in {
        "anatomy/soma.py": "from neurosim.engine import program",
        "engine/program.py": "def f():\n    import neurosim.plotting.neuron",
        "errors.py": "import neurosim as ns",
        "physiology/respond.py": "from neurosim import Network",
        "plasticity/train.py": "from neurosim.anatomy.network import Network",
        "analysis/compare.py": "from neurosim.analysis.explain import explain\nimport numpy as np",
    }.items():
        path = tmp_path / "neurosim" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = {path.stem for path in (tmp_path / "neurosim").rglob("*.py") if upward(path)}
    assert found == {"soma", "program", "errors", "respond"}


ONLY_LOADED_WITH_KERNELS = (
    "neurosim.engine.compiled.",
    "neurosim.engine.compiled_lesions.",
    "neurosim.plasticity.compiled_learning.",
)


def is_kernel(module):
    """Whether a module is made of compiled functions, or of what they are made with."""
    return module.endswith("_kernels") or module in ("kernel", "vectors")


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_heavy_modules_are_imported_where_they_are_used(path):
    """Inside functions, but for typer in the command line and numba in kernels; matplotlib in those of plotting alone.

    Kernels in turn are imported inside functions.
    """
    mine = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    everywhere = {module.split(".")[0] for module, _ in imports(path, types=False)}
    at_the_top = {module.split(".")[0] for module, _ in imports(path, types=False, lazy=False)}
    assert "matplotlib" not in everywhere or mine == "plotting"
    assert not everywhere & {"sklearn", "torch", "pandas"}
    allowed = {"typer", "rich"} if mine == "cli" else {"numba"} if is_kernel(path.stem) else set()
    assert not at_the_top & HEAVY - allowed
    dotted = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    if not is_kernel(path.stem) and f"{dotted}." not in ONLY_LOADED_WITH_KERNELS:
        modules = {module for module, _ in imports(path, types=False, lazy=False)}
        assert not {module for module in modules if any(is_kernel(part) for part in module.split("."))}
        assert not {module for module in modules if f"{module}.".startswith(ONLY_LOADED_WITH_KERNELS)}


def _statements(path):
    """The statements of a file; those for type checkers, and those for everybody else, count as if they stood alone."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        told = ast.unparse(node.test) if isinstance(node, ast.If) and not node.orelse else ""
        yield from node.body if told in ("TYPE_CHECKING", "not TYPE_CHECKING") else [node]


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_init_files_only_re_export(path):
    if path.name != "__init__.py" or path.parent == PACKAGE / "datasets":
        return
    kinds = (ast.ImportFrom, ast.Assign, ast.Expr)
    odd = [node for node in _statements(path) if not isinstance(node, kinds)]
    assert not odd, f"{relative(path)} has logic in line {odd[0].lineno}"


@pytest.mark.parametrize("path", STORIES, ids=relative)
def test_scenarios_import_only_neurosim(path):
    ours = {"neurosim", "numpy", "networkx", *sys.stdlib_module_names}
    assert {module.split(".")[0] for module, _ in imports(path, lazy=False)} <= ours
    assert {module.split(".")[0] for module, _ in imports(path)} <= ours | {"sklearn"}


# --- In a fresh interpreter ----------------------------------------------------------------------


def fresh(code):
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    return run.stdout


def test_import_loads_nothing_heavy():
    loaded = fresh("import sys, neurosim; print(*{name.split('.')[0] for name in sys.modules})").split()
    assert "numpy" in loaded
    assert not HEAVY & set(loaded)


def test_small_networks_learn_without_scipy():
    loaded = fresh(
        "import sys, networkx as nx, neurosim as ns\n"
        "regions = nx.DiGraph()\n"
        "regions.add_node('y', size=1, mode='sigmoid')\n"  # out of order, so that loops are looked for
        "regions.add_node('hidden', size=3, mode='relu')\n"
        "regions.add_node('x', size=2)\n"
        "nx.add_path(regions, ['x', 'hidden', 'y'])\n"
        "net = ns.Network.from_regions(regions, rng=0)\n"
        "ns.train(net, [[0, 1], [1, 1]], [0, 1], loss='binary_cross_entropy', epochs=2, rng=0)\n"
        "print(*{name.split('.')[0] for name in sys.modules})"
    ).split()
    assert "scipy" not in loaded


def test_every_public_name_is_there():
    assert sorted(set(neurosim.__all__)) == sorted(neurosim.__all__)
    assert all(hasattr(neurosim, name) for name in neurosim.__all__)
