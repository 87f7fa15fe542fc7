"""Which module of a model is running."""

from torch.nn.modules import module as hooks


class Places:
    """Context in which `path` names the innermost running module that ``model`` knows by name ("" for itself).

    Hooks are registered for all modules of the process, none on the model: hooks on a model switch off fused kernels.
    ``entered`` collects the names of all modules that ran.
    """

    def __init__(self, model):
        self._names = {id(module): name for name, module in model.named_modules()}
        self._stack, self._hooks, self.entered = [], [], set()

    def __enter__(self):
        self._hooks = [hooks.register_module_forward_pre_hook(self._enter),
                       hooks.register_module_forward_hook(self._leave, always_call=True)]
        return self

    def __exit__(self, *error):
        for hook in self._hooks:
            hook.remove()
        self._stack = []

    @property
    def path(self):
        """Name of the innermost running module."""
        return self._stack[-1][1] if self._stack else ""

    def _enter(self, module, args):
        self._stack.append((module, self._names.get(id(module), self.path)))
        self.entered.add(self._names.get(id(module)))

    def _leave(self, module, args, result):
        while self._stack and self._stack.pop()[0] is not module:
            pass
