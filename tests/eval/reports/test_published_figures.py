from eval.benchmarks.published.catalogue import every as datasets
from eval.metrics.named_metrics import measure
from eval.reports.published_figures import every, published


def test_every_published_row_is_of_a_known_benchmark_and_says_where_it_is_from() -> None:
    known = datasets()
    for one in every():
        assert one.benchmark in known, one
        assert one.protocol and one.weights and one.source
        assert one.sure in ("high", "medium")
        for name, value in one.figures.items():
            assert measure(name)
            assert 0 < value <= 1 or name == "BRI", one


def test_percent_are_turned_into_shares() -> None:
    (blip2,) = [one for one in published("coco-5k", ["text-to-image"]) if "ViT-g" in one.system]
    assert blip2.figures == {"R@1": 0.683, "R@5": 0.877, "R@10": 0.926}
    assert blip2.row.system == "BLIP-2 ViT-g"
