"""A space with every kind of dependence: repeated groups, bounds, conditions, factorizations."""

from sweepwright.space import Choice, Factorization, Float, Int, Repeat, Space

SPACE = Space(
    Repeat("width", "layers", Int(2, 9)),
    layers=Int(1, 3),
    pools=Factorization(of=16, parts="layers"),
    loss=Choice("a", "b"),
    margin=Float(0.1, 10, log=True, when="loss == 'b'"),
    skip=Int(0, "layers - 1"),
    rate=Float(1e-4, 1e-1, log=True),
)
