"""Holds the dashboard and the alert rules of terraform/monitoring against what a broker's /metrics printed. Standard
input: an object with "metrics", that text, and "values", which by metric and label lists the values that can be.
Ends with 0 when every metric, label and value that they use can be there, every alert is in the rules' own tests, and
docs/runbook.md explains each.
"""

import collections
import json
import re
import sys

import yaml

FOLDER = "terraform/monitoring"
# Prometheus adds these to what it scrapes.
ADDED = {"instance", "job"}
SELECTOR = re.compile(r"(secret_broker_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')


def printed(text):
    """By metric: its labels, each with the values that were seen."""
    metrics = collections.defaultdict(lambda: collections.defaultdict(set))
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, labels = SELECTOR.match(line).groups()
            metrics[name].update()
            for label, value in re.findall(r'(\w+)="([^"]*)"', labels or ""):
                metrics[name][label].add(value)
    return metrics


class Rules:
    def __init__(self, metrics, values):
        self.metrics, self.values, self.used = metrics, values, set()

    def faults(self, expression):
        """What an expression asks for and cannot get."""
        selectors = SELECTOR.findall(expression)
        assert selectors, expression
        for name, matchers in selectors:
            self.used.add(name)
            if name not in self.metrics:
                yield f"{name} is not printed"
                continue
            assert not MATCHER.sub("", matchers).strip(", "), f"a matcher that is not understood: {matchers}"
            for label, kind, wanted in MATCHER.findall(matchers):
                if label not in self.metrics[name].keys() | ADDED:
                    yield f"{name} has no label {label}"
                elif not wanted.startswith("$"):
                    for word in wanted.split("|") if "~" in kind else [wanted]:
                        if not any(re.fullmatch(word, value) for value in self.possible(name, label)):
                            yield f"{name} never has {label}={word}"
        for label in self.grouped(expression) - self.labels(expression):
            yield f"nothing in it has the label {label}"

    def possible(self, name, label):
        family = re.sub("_(bucket|sum|count)$", "", name)
        return self.values.get(family, {}).get(label, self.metrics[name][label])

    @staticmethod
    def grouped(expression):
        lists = re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", expression)
        return {label for names in lists for label in re.findall(r"\w+", names)}

    def labels(self, expression):
        return {label for name, _ in SELECTOR.findall(expression) for label in self.metrics.get(name, {})} | ADDED

    def left(self, expression):
        """The labels that the expression's result has, where it says so."""
        lists = re.findall(r"\bby\s*\(([^)]*)\)", expression)
        named = {label for names in lists for label in re.findall(r"\w+", names)}
        return named or (set() if re.match(r"\s*(sum|max|min|count|absent)\b", expression) else self.labels(expression))


def anchors(text):
    """Where a link into a page of Markdown may lead."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)"', text))


def read(path):
    with open(path) as file:
        return file.read()


given = json.load(sys.stdin)
rules = Rules(printed(given["metrics"]), given["values"])
found = []
runbook = read("docs/runbook.md")
tests = yaml.safe_load(read(f"{FOLDER}/alerts-test.yaml"))["tests"]
tested = {
    name for test in tests for check in test["promql_expr_test"] for sample in check["exp_samples"]
    for name in re.findall(r'alertname="(\w+)"', sample["labels"])}

alerts = [rule for group in yaml.safe_load(read(f"{FOLDER}/alerts.yaml"))["groups"] for rule in group["rules"]]
for alert in alerts:
    name, expression, notes = alert["alert"], alert["expr"], alert["annotations"]
    found += [f"{name}: {fault}" for fault in rules.faults(expression)]
    for label in re.findall(r"\$labels\.(\w+)", " ".join(notes.values())):
        if label not in rules.left(expression):
            found.append(f"{name}: {label} is not left to speak of")
    page, anchor = notes["runbook"].split("#")
    if anchor not in anchors(read(page)):
        found.append(f"{name}: {page} has no #{anchor}")
    if f"`{name}`" not in runbook:
        found.append(f"{name}: docs/runbook.md does not explain it")
    if not notes["summary"] or alert["labels"]["severity"] not in ("critical", "warning", "info"):
        found.append(f"{name}: no summary, or no severity")
found += [f"{name}: no test" for name in {alert["alert"] for alert in alerts} ^ tested]

panels = [panel for panel in json.loads(read(f"{FOLDER}/dashboard.json"))["panels"] if panel["type"] != "row"]
expressions = []
for panel in panels:
    for target in panel["targets"]:
        expressions.append(target["expr"])
        found += [f"{panel['title']}: {fault}" for fault in rules.faults(target["expr"])]
        for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
            if label not in rules.left(target["expr"]):
                found.append(f"{panel['title']}: {label} is not left for the legend")
    for page, anchor in re.findall(r"Runbook: (\S+)#(\S+)", panel["description"]):
        if anchor not in anchors(read(page)):
            found.append(f"{panel['title']}: {page} has no #{anchor}")
for variable in json.loads(read(f"{FOLDER}/dashboard.json"))["templating"]["list"]:
    if variable["type"] == "query":
        metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["definition"]).groups()
        found += [f"${variable['name']}: {fault}" for fault in rules.faults(f'{metric}{{{label}=~"$any"}}')]

# What is printed and nobody looks at is told of, too.
families = {re.sub("_(bucket|sum|count)$", "", name) for name in rules.metrics}
found += [
    f"{family} is on no panel and in no alert" for family in families
    if not any(name.startswith(family) for name in rules.used)]

print(f"{len(alerts)} alerts, {len(expressions)} expressions", *found, sep="\n")
sys.exit(1 if found or not alerts or not expressions else 0)
