"""What a machine needs for the book, looked at one by one; every line says what is missing and what to do about it.

This file needs nothing but Python itself, so that it can say what else is missing.
"""

import json
import locale
import os
import platform
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
ROOM = 2  # GB free: the built site, notebooks and caches; .venv exists by now
FIRST = ("numpy", "torch", "matplotlib", "nbval", "jupyter-book")  # named before the others if they are missing


def report():
    """[(name, whether it is right, whether notebooks need it, sentence)] of everything looked at."""
    return [python(), *packages(), actfns(), kernel(), encoding(), font(), records(), disk(), node(), browser()]


def python(version=sys.version_info):
    said = ".".join(map(str, version[:3]))
    if tuple(version[:2]) >= OLDEST:
        return "Python", True, True, f"{said} in {sys.prefix}"
    needed = ".".join(map(str, OLDEST))
    return "Python", False, True, f"{said} is too old: install Python {needed} or newer, then make a new .venv with it"


def pinned():
    """{package: version} of requirements.txt."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return dict(match.groups() for line in lines if (match := re.match(r"([\w.-]+)==(\S+)", line)))


def packages(wanted=None, version=metadata.version):
    """One line for all packages, or one for those that are missing and one for those of another version."""
    missing, other, wanted = [], [], pinned() if wanted is None else wanted
    for name, pin in wanted.items():
        try:
            if (found := version(name).partition("+")[0]) != pin:
                other.append(f"{name} {found} (pinned {pin})")
        except metadata.PackageNotFoundError:
            missing.append(name)
    missing.sort(key=lambda name: (name not in FIRST, name))
    if missing:
        yield "packages", False, True, f"missing: {_some(missing)}. Run: python -m pip install -r requirements.txt"
    if other:
        advice = "numbers may differ in their last digits; to be sure: python -m pip install -r requirements.txt"
        yield "versions", False, False, f"{_some(other)}: {advice}"
    if not missing and not other:
        yield "packages", True, True, f"all {len(wanted)} of requirements.txt, at the versions pinned"


def _some(names, most=6):
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def actfns(folder=None):
    """The book's own package, as a notebook finds it: from the folder of the chapters, not from this one."""
    code = "from actfns import lab; print(lab.load_data('digits').X_train.shape[1])"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    where = folder or ROOT / "chapters" / "en"
    ran = subprocess.run([sys.executable, "-c", code], cwd=where, env=environment, capture_output=True, check=False)
    if ran.returncode == 0:
        return "actfns", True, True, "imported from chapters/en, with its data"
    last = (ran.stderr.decode(errors="replace").strip().splitlines() or ["no output"])[-1]
    return "actfns", False, True, f"a notebook cannot use it ({last[:120]}). Run: python -m pip install -e ."


def encoding(used=None):
    used = used or ("utf-8" if sys.flags.utf8_mode else locale.getpreferredencoding(False))
    if used.lower().replace("-", "") == "utf8":
        return "text files", True, False, "UTF-8"
    return "text files", False, False, f"this system writes {used}: set the variable PYTHONUTF8 to 1 before you start"


def font(path=ROOT / "actfns/fonts/ActfnsSans-Regular.ttf"):
    if path.is_file() and path.stat().st_size > 100_000:
        return "Korean font", True, True, f"{path.name}, part of the book"
    return "Korean font", False, True, f"{path} is missing or broken: get the file again from the repository"


def node():
    try:
        from .ext.maths import node_binary

        return "formulas", True, False, f"node at {node_binary()}"
    except Exception as error:  # Sphinx itself may be what is missing
        return "formulas", False, False, f"{error}; needed for building the site and the handouts only"


def kernel():
    try:
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    except ImportError:
        return "Jupyter", False, True, "no jupyter_client: python -m pip install -r requirements.txt"
    try:
        KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        return "Jupyter", False, True, "no kernel python3: python -m pip install ipykernel, in this same environment"
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    lab = shutil.which("jupyter-lab", path=places) or shutil.which("jupyter-notebook", path=places)
    if lab:
        return "Jupyter", True, True, f"kernel python3, and {lab}"
    advice = "install one (python -m pip install jupyterlab) or open the notebooks in your editor"
    return "Jupyter", False, False, f"kernel python3 is there, JupyterLab is not: {advice}"


def chromium():
    """Path of the browser for the handouts and the site's tests, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("CHROMIUM") or next((found for name in names if (found := shutil.which(name))), None)


def browser(found=None):
    """Chromium is started once: one that is there need not run."""
    found = found or chromium()
    use = "needed for handouts and for the tests of the site only"
    if not found:
        return "Chromium", False, False, f"none found: install chromium or Chrome, or set CHROMIUM to its path; {use}"
    try:
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "about:blank"]
        ran = subprocess.run([found, *options], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return "Chromium", False, False, f"{found} does not start ({error}); {use}"
    if ran.returncode or b"<html" not in ran.stdout:
        last = (ran.stderr.decode(errors="replace").strip().splitlines() or ["no output"])[-1]
        return "Chromium", False, False, f"{found} does not start: {last[:120]}; {use}"
    return "Chromium", True, False, found


def disk(free=None):
    free = shutil.disk_usage(ROOT).free / 1e9 if free is None else free
    if free >= ROOM:
        return "disk", True, True, f"{free:.0f} GB free"
    return "disk", False, True, f"{free:.1f} GB free: make room for {ROOM} GB"


def records(folder=ROOT / "records"):
    """Long runs are read, not repeated: a record that cannot be read stops a chapter."""
    scripts = {path.stem for path in folder.glob("*.py")}
    broken = sorted(path.name for path in folder.glob("*.json") if not _reads(path))
    missing = sorted(name for name in used_records() if not (folder / f"{name}.json").exists())
    if broken or missing:
        wrong = [f"{name} cannot be read" for name in broken] + [f"{name}.json is missing" for name in missing]
        return "records", False, True, f"{_some(wrong)}: get the files in records again from the repository"
    return "records", True, True, f"{len(list(folder.glob('*.json')))} results of long runs, {len(scripts)} scripts"


def used_records():
    """Names of the records that chapters ask for."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "chapters").glob("[0-9]*.md"))
    return {name for text in texts for name in re.findall(r"lab\.record\(\"(\w+)\"", text)}


def _reads(path):
    try:
        return bool(json.loads(path.read_text(encoding="utf-8")))
    except ValueError:
        return False


def run():
    """Print what was found; the number of things without which the book does not run."""
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores")
    looked = report()
    for name, right, needed, sentence in looked:
        print(f"{'ok' if right else 'MISSING' if needed else 'note':8}{name:14}{sentence}")
    missing = sum(needed and not right for _, right, needed, _ in looked)
    notes = sum(not needed and not right for _, right, needed, _ in looked)
    if missing:
        print(f"Not ready: {missing} to put right, see MISSING above.")
    else:
        print("Ready: every notebook runs here." + (f" {notes} to note, see above." if notes else ""))
    return missing
