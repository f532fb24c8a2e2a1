"""How much is below a comment."""

from weft.domain.communities.tree import Link, subtree_sizes


def sizes(**answers: int | None) -> dict[int, int]:
    """``_2=1`` means that 2 answers 1; only those with something below them."""
    links = [Link(int(name[1:]), above) for name, above in answers.items()]
    return {id_: size for id_, size in subtree_sizes(links).items() if size}


def test_all_that_is_below_counts() -> None:
    assert sizes(_1=None, _2=1, _3=2, _4=2, _5=1) == {1: 4, 2: 2}


def test_the_order_of_rows_does_not_matter() -> None:
    assert sizes(_5=1, _4=2, _3=2, _2=1, _1=None) == {1: 4, 2: 2}


def test_what_answers_in_a_circle_ends_and_counts_for_nobody() -> None:
    assert sizes(_1=None, _2=3, _3=2, _4=1, _5=2) == {1: 1, 2: 1}


def test_a_long_chain_takes_no_stack() -> None:
    long = {f"_{id_}": id_ - 1 for id_ in range(2, 5000)}
    assert sizes(_1=None, **long)[1] == 4998


def test_an_answer_to_what_is_not_here_counts_for_what_is_here() -> None:
    assert sizes(_2=1, _3=2) == {1: 2, 2: 1}
