"""Short rows of numbers as values of their own, for compiled kernels.

A kernel works on a few samples at once, one in each *lane* of a vector. Here a vector is a numba type
that becomes an LLVM vector, and with that as many registers as it fills on the machine at hand. What is
written is what is computed: sums have one order, on any number of threads and for any compiler's mood.

>>> import numpy as np
>>> from neurosim.engine.kernel import inlined
>>> @inlined
... def add_up(lanes, weights, rates):
...     sums = filled(lanes, rates, 0.0)
...     for i in range(len(weights)):
...         sums = multiply_add(weights[i], load(lanes, rates, i * 4), sums)
...     return total(sums)
>>> add_up(Lanes(4), np.array([1.0, 10.0]), np.arange(8.0))
226.0
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import NativeValue, intrinsic, models, register_model, unbox

CACHE_LINE = 64  # bytes
REGISTER_BITS = 256  # partial sums are as wide as this, on every machine: it settles the order of sums


class Lanes:
    """How many numbers a vector holds; kernels take it as an argument and are compiled for each.

    Parameters
    ----------
    count : int
        A power of two.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._numba_type_ = LanesType(count)  # where numba looks first


class LanesType(types.Type):
    """The numba type of `Lanes`: the count is known to the compiler."""

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(name=f"Lanes({count})")


class VectorType(types.Type):
    """The numba type of a vector."""

    def __init__(self, dtype: types.Float, count: int) -> None:
        self.dtype, self.count = dtype, count
        super().__init__(name=f"Vector({dtype}, {count})")


@register_model(VectorType)
class VectorModel(models.PrimitiveModel):
    """A vector lies in registers."""

    def __init__(self, manager: Any, vector: VectorType) -> None:
        element = ir.FloatType() if vector.dtype == types.float32 else ir.DoubleType()
        super().__init__(manager, vector, ir.VectorType(element, vector.count))


register_model(LanesType)(models.OpaqueModel)


@unbox(LanesType)
def _unbox_lanes(lanes: LanesType, value: object, call: Any) -> NativeValue:
    return NativeValue(call.context.get_dummy_value())


# --- Memory --------------------------------------------------------------------------------------


def _address(context: Any, builder: Any, array_type: types.Array, array: Any, start: Any, vector: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [start]), vector.as_pointer())


@intrinsic
def load(typing: Any, lanes: LanesType, array: types.Array, start: types.Integer) -> Any:
    """The entries of a flat array from a place on, one for each lane."""
    vector = VectorType(array.dtype, lanes.count)

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address = _address(context, builder, array, args[1], args[2], context.get_value_type(vector))
        return builder.load(address, align=array.dtype.bitwidth // 8)

    return vector(lanes, array, start), codegen


@intrinsic
def load_at(typing: Any, lanes: LanesType, array: types.Array, places: types.Array, start: types.Integer) -> Any:
    """The entries of a flat array whose places stand in another, of 2-byte numbers, from `start` on; four at least."""
    vector = VectorType(array.dtype, lanes.count)

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        word, mask = ir.IntType(64), ir.Constant(ir.IntType(64), 2**16 - 1)  # of four places, read together
        data, first = (context.make_array(a)(context, builder, args[1 + i]).data for i, a in enumerate((array, places)))
        found = ir.Constant(context.get_value_type(vector), ir.Undefined)
        for i in range(0, lanes.count, 4):
            address = builder.gep(first, [builder.add(args[3], ir.Constant(args[3].type, i))])
            four = builder.load(builder.bitcast(address, word.as_pointer()), align=2)
            for j in range(4):
                place = builder.and_(builder.lshr(four, ir.Constant(word, 16 * j)), mask)
                number = builder.load(builder.gep(data, [place]))
                found = builder.insert_element(found, number, ir.Constant(ir.IntType(32), i + j))
        return found

    return vector(lanes, array, places, start), codegen


@intrinsic
def at(typing: Any, array: types.Array, place: types.Integer) -> Any:
    """An entry of a flat array, at a place that is not counted from its end (which `array[place]` has to look into)."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data, number = context.make_array(array)(context, builder, args[0]).data, args[1]
        if not place.signed and place.bitwidth < 64:  # or its first bit would be taken for a sign
            number = builder.zext(number, ir.IntType(64))
        return context.unpack_value(builder, array.dtype, builder.gep(data, [number]))

    return array.dtype(array, place), codegen


@intrinsic
def like(typing: Any, vector: VectorType, array: types.Array, start: types.Integer) -> Any:
    """The entries of a flat array from a place on, as many as another vector has."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address = _address(context, builder, array, args[1], args[2], args[0].type)
        return builder.load(address, align=array.dtype.bitwidth // 8)

    return vector(vector, array, start), codegen


@intrinsic
def store(typing: Any, array: types.Array, start: types.Integer, vector: VectorType) -> Any:
    """Write a vector to a flat array, from a place on."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address = _address(context, builder, array, args[0], args[1], context.get_value_type(vector))
        builder.store(args[2], address, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, start, vector), codegen


@intrinsic
def copy_turned(typing: Any, source: types.Array, starts: Any, into: types.Array, places: Any) -> Any:
    """Copy a few numbers from each of as many places of a flat array, a row, to other places, as columns.

    Parameters
    ----------
    source : flat array
    starts : tuple of int
        Where each row begins; a power of two.
    into : flat array
    places : tuple of int
        Where what was each column is to begin.
    """
    count = len(starts)

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        vector, align = context.get_value_type(VectorType(source.dtype, count)), source.dtype.bitwidth // 8
        rows = [
            builder.load(_address(context, builder, source, args[0], start, vector), align=align)
            for start in cgutils.unpack_tuple(builder, args[1])
        ]
        step = count // 2
        while step:  # squares on the diagonal stay, the two beside it change places; then so do the smaller in these
            for i in [i for i in range(count) if not i & step]:
                upper = [j if not j & step else count + j - step for j in range(count)]
                lower = [j + step if not j & step else count + j for j in range(count)]
                a, b = rows[i], rows[i + step]
                rows[i], rows[i + step] = _pick(builder, a, upper, b), _pick(builder, a, lower, b)
            step //= 2
        for row, place in zip(rows, cgutils.unpack_tuple(builder, args[3]), strict=True):
            builder.store(row, _address(context, builder, into, args[2], place, vector), align=align)
        return context.get_dummy_value()

    return types.void(source, starts, into, places), codegen


@intrinsic
def filled(typing: Any, lanes: LanesType, array: types.Array, value: types.Float) -> Any:
    """The same number in every lane, of the dtype of an array."""
    vector = VectorType(array.dtype, lanes.count)

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        number = context.cast(builder, args[2], value, array.dtype)
        return _spread(builder, number, context.get_value_type(vector))

    return vector(lanes, array, value), codegen


@intrinsic
def prefetch(typing: Any, lanes: LanesType, array: types.Array, start: types.Integer) -> Any:
    """Have the entries from a place on, one for each lane, brought to the cache next to the core; any place will do."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        whole, byte = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, whole, whole, whole])
        routine = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        to_read, for_long, data = ([ir.Constant(whole, flag)] for flag in (0, 3, 1))
        first = context.make_array(array)(context, builder, args[1]).data
        for i in range(0, lanes.count * array.dtype.bitwidth // 8, CACHE_LINE):
            place = builder.add(args[2], ir.Constant(args[2].type, i * 8 // array.dtype.bitwidth))
            builder.call(routine, [builder.bitcast(builder.gep(first, [place]), byte), *to_read, *for_long, *data])
        return context.get_dummy_value()

    return types.void(lanes, array, start), codegen


@intrinsic
def lane_count(typing: Any, lanes: LanesType) -> Any:
    """How many lanes a vector has."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return ir.Constant(ir.IntType(64), lanes.count)

    return types.int64(lanes), codegen


# --- Arithmetic ----------------------------------------------------------------------------------


@intrinsic
def add(typing: Any, a: VectorType, b: VectorType) -> Any:
    """Lane by lane a + b."""
    return a(a, b), lambda context, builder, signature, args: builder.fadd(*args)


@intrinsic
def subtract(typing: Any, a: VectorType, b: VectorType) -> Any:
    """Lane by lane a - b."""
    return a(a, b), lambda context, builder, signature, args: builder.fsub(*args)


@intrinsic
def multiply(typing: Any, a: VectorType, b: VectorType) -> Any:
    """Lane by lane a b."""
    return a(a, b), lambda context, builder, signature, args: builder.fmul(*args)


@intrinsic
def multiply_add(typing: Any, a: types.Type, b: VectorType, c: VectorType) -> Any:
    """Lane by lane a b + c, rounded once; a is a vector, or a number for all lanes."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        first = args[0] if isinstance(a, VectorType) else _spread(builder, args[0], args[2].type)
        return _multiply_add(builder, first, args[1], args[2])

    return c(a, b, c), codegen


@intrinsic
def fused(typing: Any, a: types.Float, b: types.Float, c: types.Float) -> Any:
    """The number a b + c, rounded once; all three in one format."""
    return a(a, a, a), lambda context, builder, signature, args: builder.fma(*args)


@intrinsic
def magnitude(typing: Any, a: VectorType) -> Any:
    """Lane by lane abs(a)."""
    return a(a), lambda context, builder, signature, args: _call(builder, "fabs", args[0])


@intrinsic
def larger(typing: Any, a: VectorType, b: VectorType) -> Any:
    """Lane by lane the larger of a and b; NaN if one of them is."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        first = builder.or_(builder.fcmp_ordered(">", *args), builder.fcmp_unordered("uno", args[0], args[0]))
        return builder.select(first, *args)

    return a(a, b), codegen


@intrinsic
def where_equal(typing: Any, a: VectorType, b: VectorType, c: VectorType, d: VectorType) -> Any:
    """Lane by lane c where a = b, and d elsewhere."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered("==", args[0], args[1]), args[2], args[3])

    return a(a, b, c, d), codegen


@intrinsic
def any_within(typing: Any, a: VectorType, b: VectorType) -> Any:
    """Whether abs(a) <= b in some lane, or is NaN or infinite there."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        size, kind = _call(builder, "fabs", args[0]), args[0].type
        infinite = ir.Constant(kind, [float("inf")] * kind.count)
        clear = builder.and_(
            builder.fcmp_ordered(">", size, args[1]),
            builder.fcmp_ordered("<", size, infinite),
        )
        bits = builder.bitcast(builder.not_(clear), ir.IntType(kind.count))
        return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))

    return types.boolean(a, b), codegen


@intrinsic
def total(typing: Any, a: VectorType) -> Any:
    """The sum over the lanes: halves are added until one number is left."""
    return a.dtype(a), lambda context, builder, signature, args: _first(builder, _fold(builder, args[0], 1))


@intrinsic
def products(typing: Any, a: VectorType, b: VectorType) -> Any:
    """The products of a and b, added up to a single register: most of the way to their dot product."""
    part = VectorType(a.dtype, min(a.count, REGISTER_BITS // a.dtype.bitwidth))

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        parts = [[_lanes(builder, each, i, part.count) for i in range(0, a.count, part.count)] for each in args]
        sums = builder.fmul(parts[0][0], parts[1][0])
        for x, y in zip(parts[0][1:], parts[1][1:], strict=True):
            sums = _multiply_add(builder, x, y, sums)
        return sums

    return part(a, b), codegen


@intrinsic
def four_totals(typing: Any, a: VectorType, b: VectorType, c: VectorType, d: VectorType) -> Any:
    """A vector of the sums over the lanes of four others."""
    four = VectorType(a.dtype, 4)

    def quarters_added(builder: Any, x: Any, y: Any, first: list[int], second: list[int]) -> Any:
        """Of each four lanes those in `first` and those in `second`, of which 4 and more mean y's."""
        places = [
            [start + i if i < 4 else x.type.count + start + i - 4 for start in range(0, x.type.count, 4) for i in four]
            for four in (first, second)
        ]
        return builder.fadd(_pick(builder, x, places[0], y), _pick(builder, x, places[1], y))

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        # Shuffles that stay within four lanes are the cheap ones.
        pairs = [quarters_added(builder, args[i], args[i + 1], [0, 4, 1, 5], [2, 6, 3, 7]) for i in (0, 2)]
        return _fold(builder, quarters_added(builder, pairs[0], pairs[1], [0, 1, 4, 5], [2, 3, 6, 7]), 4)

    return four(a, b, c, d), codegen


# --- Matrices ------------------------------------------------------------------------------------


@intrinsic
def matrix_product(
    typing: Any,
    gemm: Any,
    transposed_a: Any,
    transposed_b: Any,
    sizes: Any,
    a: types.Array,
    a_start: Any,
    a_step: Any,
    b: types.Array,
    b_start: Any,
    b_step: Any,
    c: types.Array,
    c_start: Any,
    c_step: Any,
) -> Any:
    """Add the product of two matrices to a third, all column by column in flat arrays: c += op(a) op(b), by BLAS.

    Parameters
    ----------
    gemm : int
        The address of the routine for this dtype (`neurosim.engine.blas`).
    transposed_a, transposed_b : bool
    sizes : (int, int, int)
        Rows of c, columns of c, and what is summed over.
    a, b, c : flat arrays
        Each with the place where its matrix starts, and how far its columns are apart.
    """
    signature = types.void(
        types.int64,
        types.boolean,
        types.boolean,
        types.UniTuple(types.int64, 3),
        *(kind for array in (a, b, c) for kind in (array, types.int64, types.int64)),
    )

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        number = context.get_value_type(a.dtype)
        whole, letter = ir.IntType(32), ir.IntType(8)

        def kept(value: Any) -> Any:
            return cgutils.alloca_once_value(builder, value)

        def size(value: Any) -> Any:
            return kept(builder.trunc(value, whole))

        def letters(transposed: Any) -> Any:
            as_bit = context.cast(builder, transposed, types.boolean, types.boolean)
            return kept(builder.select(as_bit, ir.Constant(letter, ord("T")), ir.Constant(letter, ord("N"))))

        def place(array_type: Any, array: Any, start: Any) -> Any:
            return builder.gep(context.make_array(array_type)(context, builder, array).data, [start])

        one = kept(ir.Constant(number, 1.0))
        rows, columns, depth = (size(cgutils.unpack_tuple(builder, args[3])[i]) for i in range(3))
        words: tuple[Any, ...] = (
            *(letters(args[i]) for i in (1, 2)),
            *(rows, columns, depth, one),
            *(place(a, args[4], args[5]), size(args[6])),
            *(place(b, args[7], args[8]), size(args[9]), one),
            *(place(c, args[10], args[11]), size(args[12])),
        )
        routine = ir.FunctionType(ir.VoidType(), [word.type for word in words])
        builder.call(builder.inttoptr(args[0], routine.as_pointer()), words)
        return context.get_dummy_value()

    return signature, codegen


# --- LLVM ----------------------------------------------------------------------------------------


def _pick(builder: Any, vector: Any, places: list[int], other: Any = None) -> Any:
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(places)), places)
    return builder.shuffle_vector(vector, vector if other is None else other, mask)


def _lanes(builder: Any, vector: Any, start: int, count: int) -> Any:
    return _pick(builder, vector, list(range(start, start + count)))


def _first(builder: Any, vector: Any) -> Any:
    return builder.extract_element(vector, ir.Constant(ir.IntType(32), 0))


def _spread(builder: Any, number: Any, vector: Any) -> Any:
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    return _pick(builder, one, [0] * vector.count)


def _fold(builder: Any, vector: Any, count: int) -> Any:
    while vector.type.count > count:
        half = vector.type.count // 2
        vector = builder.fadd(_lanes(builder, vector, 0, half), _lanes(builder, vector, half, half))
    return vector


def _call(builder: Any, name: str, *args: Any) -> Any:
    vector = args[0].type
    bits = 32 if isinstance(vector.element, ir.FloatType) else 64
    function = ir.FunctionType(vector, [vector] * len(args))
    whole_name = f"llvm.{name}.v{vector.count}f{bits}"
    return builder.call(cgutils.get_or_insert_function(builder.module, function, whole_name), args)


def _multiply_add(builder: Any, a: Any, b: Any, c: Any) -> Any:
    return _call(builder, "fma", a, b, c)
