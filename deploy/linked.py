"""Writes what is linked into buymode: a CycloneDX list, and the licences' texts.

    python3 deploy/linked.py SBOM.json NOTICES.txt

Asks cargo for the dependencies of the program (those of tests and benchmarks are left out) and reads the licence files
of each in cargo's own copies. Libraries in C that crates bring with them are listed apart, with their versions as the
crates' names give them. Fails where a crate brings no text, and none of the others has that of its licence.
"""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import uuid

# Crate, library, licence, where its licence lies in the crate, its version in the crate's version or files.
LIBRARIES = [
    ("rdkafka-sys", "librdkafka", "BSD-2-Clause", ["librdkafka/LICENSES.txt", "librdkafka/LICENSE"], r"\+([\d.]+)"),
    ("openssl-src", "openssl", "Apache-2.0", ["openssl/LICENSE.txt"], r"\+([\d.]+)"),
    ("zstd-sys", "zstd", "BSD-3-Clause", ["zstd/LICENSE"], r"zstd\.([\d.]+)"),
    ("libz-sys", "zlib", "Zlib", ["src/zlib/LICENSE", "src/zlib/README"], r"()$"),
    ("lmdb-master-sys", "lmdb", "OLDAP-2.8", ["lmdb/libraries/liblmdb/LICENSE"], r"()$"),
    ("libmimalloc-sys", "mimalloc", "MIT", ["c_src/mimalloc/v2/LICENSE", "c_src/mimalloc/LICENSE"], r"()$"),
]
# By which a text is known.
TITLES = {"MIT": "Permission is hereby granted", "Apache-2.0": "Apache License", "MPL-2.0": "Mozilla Public License"}
TEXTS = re.compile(r"^(licen[cs]es?|copying|copyright|notice|unlicense)([-._].*)?$", re.I)


def metadata():
    host = re.search(r"host: (\S+)", subprocess.check_output(["rustc", "-vV"], text=True)).group(1)
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", host]
    return json.loads(subprocess.check_output(command, text=True))


def linked(all):
    """The packages that the program is made of, and those whose C sources are built into it."""
    packages = {one["id"]: one for one in all["packages"]}
    nodes = {one["id"]: one for one in all["resolve"]["nodes"]}
    root = all["resolve"]["root"]
    sources = {crate for crate, *_ in LIBRARIES}
    edges, found, next = {}, {root}, [root]
    while next:
        of = next.pop()
        for dep in nodes[of]["deps"]:
            kinds = {kind["kind"] for kind in dep["dep_kinds"]}
            if None in kinds or ("build" in kinds and packages[dep["pkg"]]["name"] in sources):
                edges.setdefault(of, set()).add(dep["pkg"])
                if dep["pkg"] not in found:
                    found.add(dep["pkg"])
                    next.append(dep["pkg"])
    return root, [packages[id] for id in sorted(found, key=lambda i: (packages[i]["name"], packages[i]["version"]))], edges


def texts(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    files = [path for path in folder.iterdir() if path.is_file() and TEXTS.match(path.name)]
    if package["license_file"]:
        files.append(folder / package["license_file"])
    return {path.name: path.read_text(errors="replace").strip() for path in sorted(set(files))}


def library(package, name, licence, places, pattern):
    folder = pathlib.Path(package["manifest_path"]).parent
    file = next((folder / place for place in places if (folder / place).exists()), None)
    if file is None:
        sys.exit(f"{package['name']}: none of {places} is there; look where {name} has its licence")
    version = re.search(pattern, package["version"])
    version = version.group(1) if version and version.group(1) else f"as in {package['name']} {package['version']}"
    return {"name": name, "version": version, "licence": licence, "text": file.read_text(errors="replace").strip(),
            "crate": package["name"]}


def reference(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def main(sbom, notices):
    root_id, packages, edges = linked(metadata())
    root = next(one for one in packages if one["id"] == root_id)
    by_name = {}
    for one in packages:
        by_name.setdefault(one["name"], one)
    libraries = [library(by_name[crate], *rest) for crate, *rest in LIBRARIES if crate in by_name]
    lock = pathlib.Path(root["manifest_path"]).parent / "Cargo.lock"
    sums = {(m[0], m[1]): m[2] for m in
            re.findall(r'name = "(.*)"\nversion = "(.*)"\nsource = ".*"\nchecksum = "(.*)"', lock.read_text())}
    components = []
    for one in packages:
        if one["id"] == root_id:
            continue
        component = {"type": "library", "bom-ref": reference(one), "name": one["name"], "version": one["version"],
                     "purl": reference(one)}
        if one["license"]:
            component["licenses"] = [{"expression": one["license"].replace("/", " OR ")}]
        if (one["name"], one["version"]) in sums:
            component["hashes"] = [{"alg": "SHA-256", "content": sums[one["name"], one["version"]]}]
        components.append(component)
    for one in libraries:
        components.append({"type": "library", "bom-ref": f"native:{one['name']}", "name": one["name"],
                           "version": one["version"], "licenses": [{"license": {"id": one["licence"]}}]})
    ids = {one["id"]: reference(one) for one in packages}
    depends = [{"ref": ids[one["id"]], "dependsOn": sorted({ids[d] for d in edges.get(one["id"], ())}
               | {f"native:{l['name']}" for l in libraries if l["crate"] == one["name"]})} for one in packages]
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    import datetime
    at = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    content = json.dumps([components, depends], sort_keys=True).encode()
    serial = uuid.uuid5(uuid.NAMESPACE_URL, hashlib.sha256(content).hexdigest())
    bom = {"bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": f"urn:uuid:{serial}", "version": 1,
           "metadata": {"timestamp": at, "component": {"type": "application", "bom-ref": reference(root),
                        "name": root["name"], "version": root["version"],
                        "licenses": [{"expression": root["license"]}]}},
           "components": components, "dependencies": depends}
    pathlib.Path(sbom).write_text(json.dumps(bom, indent=1) + "\n")

    # Each text once, with all that have it.
    owners, without = {}, []
    for one in packages:
        if one["id"] == root_id:
            continue
        found = texts(one)
        if not found:
            without.append(f"{one['name']} {one['version']} ({one['license']}), {one['repository'] or 'no address'}")
        for text in found.values():
            owners.setdefault(text, []).append(f"{one['name']} {one['version']}")
    for one in libraries:
        owners.setdefault(one["text"], []).append(f"{one['name']} {one['version']} (C)")
    every = "\n".join(owners)
    for one in without:
        known = [licence for licence in TITLES if licence in one]
        if not any(TITLES[licence] in every or licence == "MPL-2.0" for licence in known):
            sys.exit(f"{one}: its licence's text is nowhere; add it")
    lines = ["Third-party software in buymode, with its licences.", ""]
    lines += [f"{one['name']} {one['version']}: {one['license'] or 'see its text'}" for one in packages if one["id"] != root_id]
    lines += [f"{one['name']} {one['version']} (C, in {one['crate']}): {one['licence']}" for one in libraries]
    lines += ["", "These crates name their licence and bring no text of it; the texts of the licences stand below:", ""]
    lines += without
    lines += ["", "The Mozilla Public License 2.0 is at https://mozilla.org/MPL/2.0/; its crates are used unchanged."]
    for text, names in sorted(owners.items(), key=lambda pair: pair[1]):
        lines += ["", "=" * 100, "Of: " + ", ".join(sorted(set(names))), "=" * 100, "", text]
    pathlib.Path(notices).write_text("\n".join(lines) + "\n")
    print(f"linked: {len(components)} components, {len(libraries)} of them in C; {len(owners)} texts; {len(without)} crates without one")


main(*sys.argv[1:])
