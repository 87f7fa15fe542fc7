"""See which torch functions a model executes, in which of its modules, without touching the model.

`Tracer` registers hooks for all modules of the process, none on the model itself: hooks on a model switch off fused
kernels, instance attributes travel with copies. While the model's own ``forward`` runs, a ``TorchFunctionMode`` reports
every call of a torch function, functional and in-place ones included, with the module it happens in.
"""

import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch.nn.modules import module as hooks
from torch.overrides import TorchFunctionMode, _get_current_function_mode_stack, _pop_mode, _push_mode

FUSED = (torch.nn.TransformerEncoder, torch.nn.TransformerEncoderLayer, torch.nn.MultiheadAttention)
_COMPILED = "_torchdynamo_orig_callable"  # an attribute of what torch.compile returns for a function
_LIBRARY = tuple(str(Path(file).parent) for file in (torch.__file__, __file__))


@dataclass(frozen=True)
class Call:
    """One execution: ``func`` (a torch function, or a module of a type in `Tracer.atoms`) with its arguments.

    ``path`` names the module of the model in which it happens, ``site`` the lines of user code that led there, and
    ``turn`` counts the executions at that site during this forward pass, from 0 (a loop over layers).
    """

    path: str
    func: object
    args: tuple = field(repr=False)
    kwargs: dict = field(repr=False)
    site: tuple = field(repr=False)
    turn: int


class Tracer(TorchFunctionMode):
    """Reports what happens inside ``model(…)`` to ``observer`` until `detach`.

    The observer has ``wants(func)``, ``before(call)`` (what it returns is kept) and ``after(func, args,
    kwargs, result, kept)``, this one for every torch function, wanted or not (``kept`` is None then), and ``start()``
    for each new forward pass. Modules of the types ``atoms`` count as one call and are not looked into.

    Only calls of ``model`` itself count, in the thread that makes them. The fused encoder layers of torch choose
    another kernel when somebody listens; they run undisturbed and are then run once more, layer by layer, to be seen
    (in evaluation mode, where nothing is random; padding included; not if they have hooks of their own, which would
    fire twice: then ``unseen`` says so).
    Nothing is seen inside scripted modules and compiled functions; compiled modules are refused.
    """

    _repeating = None  # the tracer that runs a fused layer once more

    def __init__(self, model, observer, atoms=()):
        super().__init__()
        self.model, self.observer, self.atoms = model, observer, tuple(atoms)
        self.unseen = {}
        self._check()
        self._stack, self._frame, self._thread = [], None, None
        self._names, self._turns, self._quiet = {}, Counter(), None
        self._hooks = [hooks.register_module_forward_pre_hook(self._enter_module),
                       hooks.register_module_forward_hook(self._leave_module, with_kwargs=True, always_call=True)]

    def detach(self):
        """Take every hook away again."""
        for hook in self._hooks:
            hook.remove()
            hooks._global_forward_hooks_with_kwargs.pop(hook.id, None)  # which torch forgets
        self._hooks = []
        self._stop()

    def _check(self):
        if not isinstance(self.model, torch.nn.Module):
            raise TypeError(f"need a torch.nn.Module, got {type(self.model).__name__}")
        if isinstance(self.model, torch.jit.ScriptModule):
            raise ValueError("nothing can be seen inside a scripted model; pass the model it was made from")
        if isinstance(self.model, torch.nn.DataParallel) and len(self.model.device_ids) > 1:
            raise ValueError("DataParallel runs copies in other threads; pass the model inside, model.module")
        for name, module in self.model.named_modules():
            if _is_compiled(module):
                raise ValueError(f"{name or 'the model'} is compiled, and nothing can be seen inside compiled code; "
                                 "pass the model as it was before torch.compile")
            reason = _hidden(module)
            if reason and not any(name.startswith(f"{known}.") for known in self.unseen):
                self.unseen[name or "model"] = reason

    # Modules: the path of the call, the beginning and the end of a forward pass

    def _enter_module(self, module, args):
        if torch.compiler.is_compiling():
            return
        if module is self.model and not self._active():
            self._start(sys._getframe(1))
        if not self._here():
            return
        self._stack.append(module)
        if self._quiet is not None:
            return
        if isinstance(module, self.atoms):
            call, self._quiet = self._call(module, args, {}), (module, None)
            self._quiet = module, self.observer.before(call)
        elif self._chooses_kernel(module):
            self._quiet = module, None
            self._pop()

    def _leave_module(self, module, args, *rest):
        if torch.compiler.is_compiling() or not self._here() or module not in self._stack:
            return
        kwargs, result = rest if len(rest) == 2 else ({}, None)  # after an error there is neither
        if self._quiet is not None and self._quiet[0] is module:
            self._speak(module, args, kwargs, result, whole=len(rest) == 2)
        while self._stack.pop() is not module:
            pass
        if not self._stack:
            self._stop()

    def _speak(self, module, args, kwargs, result, whole):
        """The end of a module that was not looked into."""
        _, kept = self._quiet
        self._quiet = None
        if isinstance(module, self.atoms):
            self.observer.after(module, args, kwargs, result, kept)
            return
        self.__enter__()
        if whole and _has_hooks(module):
            self.unseen[self._path()] = "a fused kernel, and hooks that would fire twice"
        elif whole:
            self._repeat(module, args, kwargs)

    def _repeat(self, module, args, kwargs):
        Tracer._repeating = self
        try:
            with torch.no_grad(), torch.random.fork_rng(_devices(args)):
                module.forward(*args, **kwargs)
        finally:
            Tracer._repeating = None

    def _chooses_kernel(self, module):
        """Whether this module might take a kernel that it avoids when a mode is on."""
        if Tracer._repeating or module.training or not isinstance(module, FUSED):
            return False
        return not (torch.is_grad_enabled() and any(p.requires_grad for p in module.parameters()))

    def _start(self, frame):
        self._stop()
        self._names = {id(module): name for name, module in self.model.named_modules()}
        self._frame, self._thread = frame, threading.get_ident()
        self._turns.clear()
        self.observer.start()
        self.__enter__()

    def _stop(self):
        self._stack, self._frame, self._quiet = [], None, None
        self._pop()

    def _pop(self):
        """Leave the stack of modes, even from below another one."""
        above = []
        while self in _get_current_function_mode_stack():
            mode = _pop_mode()
            if mode is not self:
                above.append(mode)
        for mode in reversed(above):
            _push_mode(mode)

    def _here(self):
        """Whether the forward pass that is looked at runs in this thread, and no other tracer repeats a part of it."""
        return (self._frame is not None and Tracer._repeating in (None, self)
                and threading.get_ident() == self._thread)

    def _active(self):
        """Whether the model's forward pass is still running; an interrupt ends it without telling the hooks."""
        if self._frame is None:
            return False
        return threading.get_ident() != self._thread or any(f is self._frame for f in _frames())

    # Functions

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if torch.compiler.is_compiling() or self._quiet is not None or not self._here():
            return func(*args, **kwargs)
        kept = self.observer.before(self._call(func, args, kwargs)) if self._wanted(func) else None
        result = func(*args, **kwargs)
        self.observer.after(func, args, kwargs, result, kept)
        return result

    def _wanted(self, func):
        return self.observer.wants(func) and self._active()

    def _call(self, func, args, kwargs):
        path, site = self._path(), self._site()
        turn = self._turns[path, func, site]
        self._turns[path, func, site] += 1
        return Call(path, func, args, kwargs, site, turn)

    def _path(self):
        """Name of the innermost running module that the model knows by name."""
        return next((self._names[id(m)] for m in reversed(self._stack) if id(m) in self._names), "")

    def _site(self):
        """Where in user code the call comes from, inner frame first; the same whether torch repeats it or not."""
        places = []
        for frame in _frames():
            if frame is self._frame:
                break
            if not frame.f_code.co_filename.startswith(_LIBRARY):
                places.append((frame.f_code, frame.f_lasti))
        return tuple(places)


def _frames():
    frame = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


def _is_compiled(module):
    compiled_call = getattr(module, "_compiled_call_impl", None) is not None
    return compiled_call or hasattr(module, "_orig_mod") or hasattr(module.forward, _COMPILED)


def _hidden(module):
    """What in this module cannot be looked into, as far as its attributes show."""
    if isinstance(module, torch.jit.ScriptModule):
        return "scripted"
    if any(isinstance(value, torch.jit.ScriptFunction) for value in vars(module).values()):
        return "a scripted function"
    return "a compiled function" if any(hasattr(value, _COMPILED) for value in vars(module).values()) else ""


def _has_hooks(module):
    return any(m._forward_hooks or m._forward_pre_hooks for m in module.modules())


def _devices(args):
    return list({a.device for a in args if isinstance(a, torch.Tensor) and a.is_cuda})
