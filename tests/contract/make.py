#!/usr/bin/env python3
"""make - reads the published OpenAPI description and the list of tiers, and writes the tables the contract test judges by.

Run by hand when the description changes (needs PyYAML):   tests/contract/make.py ../shared
Facts only are taken: paths, operation ids, codes, and of schemas the names and types of fields.

routes.tsv     method, path, tier, operation, success codes, schema of the answer, query parameters; "-" where the description says nothing.
client_config.tsv  key of GET /config/client, L (also without a session) or F, kind of its value (boolean, number, text), "licensed" if only then.
role_rows.tsv      default role, its permissions.
schemas.json   name -> type. A type is {"is": string|integer|number|boolean|object|any|binary}, {"ref": name}, {"array": type},
               {"map": type} or {"fields": {name: type}}; "null": true if it may be null, "required": true if it must be there.
"""
import json
import pathlib
import re
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
METHODS = ("get", "post", "put", "delete", "patch", "head")
PREFIX = "/api/v4"


def neutral(path):
    """The description and the list name parameters differently: only their places count."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def tiers(text):
    """(method, neutral path) -> (tier, path as listed), from the lines "T1 GET /users [S] …"."""
    found = {}
    for tier, methods, path in re.findall(r"^(T[1-4]) ([A-Z|]+) +(/\S*)", text, re.M):
        full = path if path == "/manualtest" else "/files/{file_id}/public" if path.endswith("/public") and path.startswith("/files") else PREFIX + path
        for method in methods.split("|"):
            found[method, neutral(full)] = (tier, full)
    return found


class Schemas:
    """Turns a schema of the description into a type, and remembers which names are needed."""

    def __init__(self, named):
        self.named, self.done = named, {}

    def need(self, name):
        if name not in self.done:
            self.done[name] = None                # a schema may contain itself
            self.done[name] = self.type_of(self.named[name])
        return {"ref": name}

    def all_of(self, parts):
        fields = {}
        for part in parts:
            t = self.type_of(part)
            while "ref" in t:
                t = self.done[t["ref"]]
            fields.update(t.get("fields", {}))
        return {"fields": fields} if fields else {"is": "object"}

    def type_of(self, s):
        t = self.bare(s)
        kinds = s.get("type")
        if s.get("nullable") or (isinstance(kinds, list) and "null" in kinds):
            t = {**t, "null": True}
        return t

    def bare(self, s):
        if "$ref" in s:
            return self.need(s["$ref"].rsplit("/", 1)[1])
        if "allOf" in s:
            return self.all_of(s["allOf"])
        if "oneOf" in s or "anyOf" in s:
            return {"is": "any"}
        kind = s.get("type")
        if isinstance(kind, list):
            kind = next((k for k in kind if k != "null"), None)
        if kind == "array" or "items" in s:
            return {"array": self.type_of(s.get("items", {}))}
        if s.get("properties"):
            required = set(s.get("required", []))
            return {"fields": {n: {**self.type_of(p), **({"required": True} if n in required else {})} for n, p in s["properties"].items()}}
        extra = s.get("additionalProperties")
        if isinstance(extra, dict) and extra:
            return {"map": self.type_of(extra)}
        if kind == "string" and s.get("format") == "binary":
            return {"is": "binary"}
        if kind == "object" and "items" in s:
            return {"array": self.type_of(s["items"])}
        return {"is": kind or "any"}


def answer(operation, responses):
    """The success codes of an operation and the schema of the first that has one."""
    codes, schema = [], None
    for code, r in operation.get("responses", {}).items():
        if not str(code).startswith("2"):
            continue
        codes.append(str(code))
        if "$ref" in r:
            r = responses[r["$ref"].rsplit("/", 1)[1]]
        for media, content in (r.get("content") or {}).items():
            if schema is None and "schema" in (content or {}):
                schema = content["schema"] if media == "application/json" else {"type": "string", "format": "binary"}
    return codes, schema


def type_name(t, schemas, operation):
    """A type in one word: Post, [Post], {Post}; a type of its own gets the operation's name."""
    if "ref" in t:
        return t["ref"]
    if "array" in t and "ref" in t["array"]:
        return f'[{t["array"]["ref"]}]'
    if "map" in t and "ref" in t["map"]:
        return "{" + t["map"]["ref"] + "}"
    name = operation + "_answer"
    schemas.done[name] = t
    return name


def client_config(text):
    """(key, L|F, kind, licensed) from the lines "L Key <- Section.Setting = default"."""
    rows = [("NoAccounts", "L", "boolean", ""), ("AsymmetricSigningPublicKey", "L", "text", ""), ("MaxPostSize", "L", "number", ""),
            ("UpgradedFromTE", "L", "boolean", ""), ("InstallationDate", "L", "text", ""), ("SchemaVersion", "F", "text", "")]
    for scope, key, source in re.findall(r"^([LF]) (\w+) <- (.*)$", text, re.M):
        default = source.partition(" = ")[2] or source.removeprefix("constant ")
        value = default.split(" ")[0]
        kind = "boolean" if value in ("true", "false") else "number" if re.fullmatch(r"-?\d+", value) else "text"
        rows.append((key, scope, kind, "licensed" if "else absent" in source else ""))
    return rows


def role_rows(text):
    """(role, permissions) from the lines "- **role** (n): permission …"."""
    part = text[text.index("## Appendix 3."):]
    rows = []
    for role, count, names in re.findall(r"^- \*\*(\w+)\*\* \((\d+)\): (.*)$", part, re.M):
        names = [] if names == "(empty)" else names.split()
        assert len(names) == int(count), role
        rows.append((role, " ".join(names)))
    return rows


def write(name, rows):
    (HERE / name).write_text("".join("\t".join(r) + "\n" for r in rows))


def main():
    shared = pathlib.Path(sys.argv[1])
    paths, named, responses = {}, {}, {}
    for file in sorted((shared / "openapi").glob("*.yaml")):
        d = yaml.safe_load(file.read_text()) or {}
        components = d.get("components", {})
        named.update(components.get("schemas", {}))
        responses.update(components.get("responses", {}))
        for path, item in {**(d.get("paths") or {}), **{k: v for k, v in d.items() if k.startswith("/")}}.items():
            paths.setdefault(path, {}).update(item)
    listed, schemas, rows, seen = tiers((shared / "API.md").read_text()), Schemas(named), [], set()
    for path, item in paths.items():
        for method in METHODS:
            if method not in item:
                continue
            key = (method.upper(), neutral(path))
            tier, full = listed.get(key, ("-", path))
            codes, schema = answer(item[method], responses)
            operation = item[method].get("operationId") or f"{method}{neutral(path)}"
            name = type_name(schemas.type_of(schema), schemas, operation) if schema and tier != "-" else "-"
            asked = ",".join(sorted({p["name"] for p in item[method].get("parameters", []) if p.get("in") == "query"})) or "-"
            if key not in seen:
                rows.append((method.upper(), full, tier, operation, ",".join(codes) or "-", name, asked))
            seen.add(key)
    rows += [(m, full, tier, "-", "-", "-", "-") for (m, n), (tier, full) in listed.items() if (m, n) not in seen]
    rows.sort(key=lambda r: (r[1], r[0]))
    write("routes.tsv", rows)
    write("client_config.tsv", client_config((shared / "API.md").read_text()))
    write("role_rows.tsv", role_rows((shared / "API.md").read_text()))
    body = ",\n".join(f"{json.dumps(n)}: {json.dumps(t, sort_keys=True)}" for n, t in sorted(schemas.done.items()))
    (HERE / "schemas.json").write_text("{\n" + body + "\n}\n")
    print(f"{len(rows)} routes, {len(schemas.done)} schemas")


main()
