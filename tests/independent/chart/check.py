"""The chart's manifests: schemas, what each has to say, what values are refused, and the rendered copies."""

import hashlib
import pathlib
import subprocess
import sys

import kubernetes_validate
import yaml
from cloudcoil.models.keda import v1alpha1 as keda
from cloudcoil.models.prometheus_operator import v1 as prometheus

HELM, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
UPDATE = "--update" in sys.argv[3:]
CHART, HERE = ROOT / "deploy/chart", ROOT / "tests/independent/chart"
COPIES = ROOT / "tests/it/cli/chart"
VERSIONS = ["1.27", "1.31", "1.37"]


def helm(*args):
    command = [HELM, "template", "buymode", str(CHART), "--namespace", "sales", "--kube-version", "1.30.0", *args]
    return subprocess.run(command, capture_output=True, text=True)


def rendered(*args):
    done = helm(*args)
    assert done.returncode == 0, done.stderr
    return done.stdout


def manifests(text):
    return {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(text) if one}


def digest():
    """Of every file of the chart and of the values: the tests compute it again."""
    files = sorted(path for path in CHART.rglob("*") if path.is_file())
    files.append(HERE / "values.yaml")
    sum = hashlib.sha256()
    for path in files:
        sum.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return sum.hexdigest()


def check_schemas(all):
    for (kind, name), one in all.items():
        if one["apiVersion"].startswith("keda.sh"):
            keda.ScaledObject.model_validate(one)
        elif one["apiVersion"].startswith("monitoring.coreos.com"):
            prometheus.ServiceMonitor.model_validate(one)
        else:
            for version in VERSIONS:
                kubernetes_validate.validate(one, version, strict=True)


def check_pods(all):
    for (kind, name), one in all.items():
        if kind not in ("StatefulSet", "Deployment", "Job"):
            continue
        pod = one["spec"]["template"]
        spec, labels = pod["spec"], pod["metadata"]["labels"]
        (container,) = spec["containers"]
        security = container["securityContext"]
        assert spec["securityContext"]["runAsNonRoot"] and spec["securityContext"]["runAsUser"] == 65532, name
        assert security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"], name
        assert security["capabilities"]["drop"] == ["ALL"], name
        assert not spec["automountServiceAccountToken"] and spec["terminationGracePeriodSeconds"] >= 15, name
        environment = {e["name"]: e for e in container["env"]}
        of_name = environment["BUYMODE__INSTANCE"]["valueFrom"]["fieldRef"]["fieldPath"]
        assert of_name == "metadata.name", "an instance has its pod's name"
        assert "resources" in container, name
        covered = [p for (k, _), p in all.items() if k == "NetworkPolicy"
                   and p["spec"]["podSelector"]["matchLabels"].items() <= labels.items()]
        assert len(covered) == 1, (name, covered)
        if kind == "Job":
            continue
        assert one["spec"]["selector"]["matchLabels"].items() <= labels.items(), name
        budgets = [b for (k, _), b in all.items() if k == "PodDisruptionBudget"
                   and b["spec"]["selector"]["matchLabels"].items() <= labels.items()]
        assert [b["spec"]["maxUnavailable"] for b in budgets] == [1], name
        start, live, ready = (container[p] for p in ("startupProbe", "livenessProbe", "readinessProbe"))
        assert start["httpGet"]["path"] == ready["httpGet"]["path"] == "/readyz", name
        assert live["httpGet"]["path"] == "/livez", name
        assert live["periodSeconds"] * live["failureThreshold"] >= 60, name
        if name.endswith("-run"):
            assert start["periodSeconds"] * start["failureThreshold"] >= 600, "a restore takes longer"
            assert kind == "StatefulSet" and one["spec"]["podManagementPolicy"] == "Parallel"
        if name.endswith("-deliver"):
            assert kind == "StatefulSet", "its instances have names that stay"


def check_refusals():
    refused = {
        "run.replicas=0": "minimum",
        "run.replica=3": "additional",
        "config.instance=a": "instance",
        "config.http.listen=0.0.0.0:1": "http",
        "config.kafka.bootstrap=": "minLength",
        "image.digest=sha256:1": "pattern",
        "run.restoreSeconds=1": "minimum",
        "serviceMonitor.interval=often": "pattern",
    }
    for value, why in refused.items():
        done = helm("--set", value)
        assert done.returncode != 0, f"{value} is not refused"
        key = value.split("=")[0].split(".")[-1]
        assert why.lower() in done.stderr.lower() or key in done.stderr, (value, done.stderr)


def check_choices(all):
    scaler, monitor = all["ScaledObject", "buymode-run"], all["ServiceMonitor", "buymode"]
    assert "replicas" not in all["StatefulSet", "buymode-run"]["spec"], "the scaler's number would be undone"
    assert scaler["spec"]["minReplicaCount"] >= 1
    assert "buymode_lag_records" in scaler["spec"]["triggers"][0]["metadata"]["query"]
    assert monitor["spec"]["endpoints"][0]["path"] == "/metrics"
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    plain = manifests(rendered())
    assert plain["StatefulSet", "buymode-run"]["spec"]["replicas"] == 3
    assert not any(kind in ("ScaledObject", "ServiceMonitor", "Deployment") for kind, _ in plain)
    assert plain["NetworkPolicy", "buymode-run"]["spec"]["ingress"] == []
    without = manifests(rendered("--set", "networkPolicy.enabled=false,createTopics.enabled=false"))
    assert not any(kind in ("NetworkPolicy", "Job") for kind, _ in without)
    mounts = all["StatefulSet", "buymode-run"]["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    paths = {m["mountPath"]: m for m in mounts}
    assert paths["/run/secrets/buymode-run"]["readOnly"]
    other = manifests(rendered("--set", "config.group=other"))
    sums = [all_["StatefulSet", "buymode-run"]["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
            for all_ in (plain, other)]
    assert sums[0] != sums[1], "another configuration starts the pods anew"


whole = rendered("-f", str(HERE / "values.yaml"))
copies = {"default.yaml": rendered(), "everything.yaml": whole, "digest": digest() + "\n"}
for text in (whole, copies["default.yaml"]):
    check_schemas(manifests(text))
check_pods(manifests(whole) | {})
check_choices(manifests(whole))
check_refusals()
COPIES.mkdir(exist_ok=True)
for name, text in copies.items():
    path = COPIES / name
    if UPDATE:
        path.write_text(text)
    assert path.exists() and path.read_text() == text, f"{path} is not what the chart renders; use --update"
print(f"chart: {len(manifests(whole))} manifests fit their schemas (Kubernetes {', '.join(VERSIONS)}) and say what they must")
