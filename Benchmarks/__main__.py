"""Measures Berth beside its peers (Docs/benchmarks.md). `make bench` runs this."""

import argparse
import os
import sys

import isolation
import report


def main():
    options = arguments().parse_args()
    if not options.inside:
        if os.geteuid() != 0:
            sys.exit("run as root: containers are made")
        sys.exit(isolation.outside(sys.argv[1:]))
    isolation.inside(options.inside)
    sys.exit(inside(options))


def arguments():
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="rows to run, all when none is named")
    parser.add_argument("--stage", default=".build/stage-release", help="folder of an installation of Berth")
    parser.add_argument("--runs", type=int, default=20, help="turns of each subject; long rows take a part of them")
    parser.add_argument("--count", type=int, default=50, help="containers where a row has many")
    parser.add_argument("--markdown", metavar="FILE", help="write the table there, too")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    return parser


def inside(options):
    # Not above: they look at what runs here, in the namespaces.
    from bench import Bench
    from machine import describe
    from measure import Failed
    from rows import ROWS

    unknown = set(options.rows) - set(ROWS)
    if unknown:
        print(f"unknown rows: {' '.join(unknown)}; there are: {' '.join(ROWS)}", file=sys.stderr)
        return 2
    machine, done = describe(os.path.abspath(options.stage)), []
    print("\n".join(machine), flush=True)
    code = 0
    try:
        with Bench(options.inside, options.stage, options.runs, options.count) as bench:
            for name in options.rows or ROWS:
                for row in ROWS[name](bench):
                    print("\n" + report.terminal(row), flush=True)
                    done.append(row)
    except Failed as failure:
        print(f"bench: {failure}", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        code = 130
    if options.markdown and done:
        with open(options.markdown, "w") as file:
            file.write(report.markdown(machine, done))
    return code


main()
