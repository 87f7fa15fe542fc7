"""Libraries of models, imported for their code alone: nothing is downloaded, no weights are loaded."""

import os
import sys
from contextlib import suppress
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

import torch

FOLDER = "ACTFNS_SURVEY_LIBRARIES"  # names the folder where requirements-survey.txt is installed
DEFAULT = ".survey"  # that folder, if it is in the working folder and no other is named
PACKAGES = {"smp": "segmentation_models_pytorch", "torch": "torch"}
_SCHEMAS = ("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
            "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
_declared = []


def library(name):
    """The module of a library of models: "torchvision", "timm", "transformers", "diffusers", "pytorchcv", "smp" …

    There is no build of torchvision's compiled operators for CPU builds of torch; its models need none of them, only
    their declarations, which are made here where they are missing. Raises `ImportError` if it is not installed.
    """
    folder = os.path.abspath(os.environ.get(FOLDER) or DEFAULT)
    if os.path.isdir(folder) and folder not in sys.path:
        sys.path.append(folder)  # behind the environment's own packages: its torch stays
    _torchvision()
    return import_module(PACKAGES.get(name, name))


def versions(name):
    """Version of torch and of a library, as a dict."""
    package = PACKAGES.get(name, name)
    found = {"torch": torch.__version__}
    with suppress(PackageNotFoundError):
        found[package] = version(package)
    return found


def _torchvision():
    if "torchvision" in sys.modules or _declared:
        return
    try:
        import_module("torchvision")
    except ModuleNotFoundError:
        return
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
        for module in [each for each in sys.modules if each.split(".")[0] == "torchvision"]:
            del sys.modules[module]
        declarations = torch.library.Library("torchvision", "DEF")
        for schema in _SCHEMAS:
            declarations.define(schema)
        _declared.append(declarations)
        import_module("torchvision")
