"""python -m tests.programmes --seed N --out DIR"""

import argparse
from pathlib import Path

from tests.programmes.generate import generate


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.programmes", description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--quarters", type=int, default=8)
    parser.add_argument("--ias", type=int, default=6)
    parser.add_argument("--fcs", type=int, default=6)
    parser.add_argument(
        "--second-rounds",
        action="store_true",
        help="some agencies send again before closing (updates/<quarter>.round2)",
    )
    parser.add_argument(
        "--disputed",
        action="store_true",
        help="also what the rule book leaves open",
    )
    arguments = parser.parse_args()
    generate(
        arguments.seed,
        arguments.out,
        quarters=arguments.quarters,
        ias=arguments.ias,
        fcs=arguments.fcs,
        second_rounds=arguments.second_rounds,
        disputed=arguments.disputed,
    )


if __name__ == "__main__":
    main()
