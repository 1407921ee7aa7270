"""Values that kernels keep from one call to the next.

To hand a kernel a tuple of thirty arrays takes numba several microseconds, as long as a small network takes
to compute. What never changes is taken apart once, and laid down where kernels find it again.

>>> import numpy as np
>>> from neurosim.engine.kernel import inlined
>>> @inlined
... def add_up(kept):
...     numbers, factor = recall(kept)
...     return factor * numbers.sum()
>>> add_up(Kept((np.arange(4.0), 10.0)))
60.0
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import typeof, types
from numba.extending import NativeValue, intrinsic, models, register_model, unbox

from neurosim.engine.kernel import kernel


class Kept:
    """A value for kernels, which get it back with `recall`.

    Parameters
    ----------
    value : tuple
        Anything that a kernel takes. Arrays in it are not copied.
    """

    def __init__(self, value: Any) -> None:
        self._value = value  # which its arrays live in
        self._numba_type_ = KeptType(typeof(value))  # where numba looks first
        self._room = np.zeros(_size_of(value), dtype=np.uint8)
        _lay_down(value, self._room)
        self.address = self._room.ctypes.data


class KeptType(types.Type):
    """The numba type of `Kept`."""

    def __init__(self, value: types.Type) -> None:
        self.value = value
        super().__init__(name=f"Kept({value})")


@register_model(KeptType)
class _KeptModel(models.PrimitiveModel):
    """An address."""

    def __init__(self, manager: Any, kept: KeptType) -> None:
        super().__init__(manager, kept, ir.IntType(64))


@unbox(KeptType)
def _unbox(kept: KeptType, value: Any, call: Any) -> NativeValue:
    address = call.pyapi.object_getattr_string(value, "address")
    number = call.pyapi.long_as_longlong(address)
    call.pyapi.decref(address)
    return NativeValue(number)


@intrinsic
def recall(typing: Any, kept: KeptType) -> Any:
    """The value itself."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = context.get_value_type(kept.value)
        return builder.load(builder.inttoptr(args[0], kind.as_pointer()), align=1)

    return kept.value(kept), codegen


@intrinsic
def _bytes(typing: Any, value: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return ir.Constant(ir.IntType(64), context.get_abi_sizeof(context.get_value_type(value)))

    return types.int64(value), codegen


@intrinsic
def _write(typing: Any, value: Any, room: types.Array) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(room)(context, builder, args[1]).data
        builder.store(args[0], builder.bitcast(data, args[0].type.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(value, room), codegen


@kernel
def _size_of(value: Any) -> Any:
    return _bytes(value)


@kernel
def _lay_down(value: Any, room: npt.NDArray[np.uint8]) -> None:
    _write(value, room)
