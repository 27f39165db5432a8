"""A stand-in for the API server of Kubernetes, and what Spark asked it for; see kubernetes.sh. Only the standard library.

    kubernetes_api.py serve FOLDER EXIT_CODE    answers on a port of 127.0.0.1, which it writes to FOLDER/port
    kubernetes_api.py properties FOLDER         the settings that Spark gave the driver's pod in a config map
    kubernetes_api.py check FOLDER LINE         compares the pods with the line of spark-submit; status 1 if one differs

No pod ever runs: the driver's counts as ended with EXIT_CODE once its config map is there, executors' stay pending. What is
made is kept in FOLDER/objects.json, and what is not known in FOLDER/refused.
"""

import json
import pathlib
import shlex
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

KINDS = {"pods": "Pod", "configmaps": "ConfigMap", "services": "Service", "secrets": "Secret",
         "persistentvolumeclaims": "PersistentVolumeClaim"}
DRIVER_ROLE, EXECUTOR_ROLE = "driver", "executor"
MEBIBYTES = {"k": 1 / 1024, "m": 1, "g": 1024, "t": 1024 * 1024}


def role(pod):
    return pod["metadata"].get("labels", {}).get("spark-role")


class Cluster:
    """The objects, by namespace, kind and name."""

    def __init__(self, folder, exit_code):
        self.folder, self.exit_code = folder, exit_code
        self.objects, self.lock = {}, threading.Lock()

    def put(self, namespace, kind, name, given):
        with self.lock:
            given.setdefault("metadata", {}).update(
                name=name, namespace=namespace, uid=f"uid-{name}", resourceVersion="1",
                creationTimestamp=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
            given.setdefault("kind", KINDS[kind])
            given.setdefault("apiVersion", "v1")
            if kind == "pods":
                given["status"] = {"phase": "Pending", "containerStatuses": []}
            self.objects[namespace, kind, name] = given
            kept = [{"namespace": at[0], "kind": at[1], "object": each} for at, each in self.objects.items()]
            part = self.folder / "objects.part"
            part.write_text(json.dumps(kept, indent=1))
            part.replace(self.folder / "objects.json")
            return given

    def get(self, namespace, kind, name):
        with self.lock:
            found = self.objects.get((namespace, kind, name))
            if found and kind == "pods" and role(found) == DRIVER_ROLE and any(k == "configmaps" for _, k, _ in self.objects):
                container = found["spec"]["containers"][0]
                found["status"] = {
                    "phase": "Failed" if self.exit_code else "Succeeded",
                    "containerStatuses": [{"name": container["name"], "image": container["image"], "imageID": "", "ready": False,
                                           "restartCount": 0, "state": {"terminated": {"exitCode": self.exit_code}}}]}
            return found

    def of(self, namespace, kind, selector):
        wanted = [each.split("=", 1) for each in selector.split(",") if "=" in each]
        with self.lock:
            return [each for (at, its_kind, _), each in self.objects.items() if (at, its_kind) == (namespace, kind)
                    and all(each["metadata"].get("labels", {}).get(key) == value for key, value in wanted)]


def handler(cluster):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments):
            pass

        def answer(self, code, body):
            data = json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def refuse(self, code):
            self.answer(code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": self.path})

        def handle_any(self):
            url = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(url.query).items()}
            length = int(self.headers.get("Content-Length") or 0)
            given = json.loads(self.rfile.read(length)) if length else {}
            parts = url.path.strip("/").split("/")
            if parts[:3] != ["api", "v1", "namespaces"] or len(parts) not in (5, 6) or parts[4] not in KINDS:
                with (cluster.folder / "refused").open("a") as out:
                    print(self.command, self.path, file=out)
                return self.refuse(404)
            namespace, kind, name = parts[3], parts[4], parts[5] if len(parts) == 6 else None
            if self.command == "GET" and query.get("watch") == "true":
                return self.watch()
            if self.command == "GET" and name is None:
                items = cluster.of(namespace, kind, query.get("labelSelector", ""))
                return self.answer(200, {"kind": KINDS[kind] + "List", "apiVersion": "v1", "items": items,
                                         "metadata": {"resourceVersion": "1"}})
            if self.command == "GET":
                found = cluster.get(namespace, kind, name)
                return self.answer(200, found) if found else self.refuse(404)
            if self.command == "DELETE":
                return self.answer(200, {"kind": "Status", "apiVersion": "v1", "status": "Success"})
            return self.answer(201 if self.command == "POST" else 200,
                               cluster.put(namespace, kind, name or given["metadata"]["name"], given))

        def watch(self):
            """An open answer to which nothing is written: whoever watches also asks. A web socket is not offered."""
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.flush()
            if "upgrade" not in self.headers:
                time.sleep(600)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    return Handler


def serve(folder, exit_code):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(Cluster(folder, exit_code)))
    server.daemon_threads = True
    part = folder / "port.part"
    part.write_text(str(server.server_address[1]))
    part.replace(folder / "port")
    server.serve_forever()


def made(folder, kind):
    objects = json.loads((folder / "objects.json").read_text())
    return [(each["namespace"], each["object"]) for each in objects if each["kind"] == kind]


def properties(folder):
    found = [each["data"]["spark.properties"] for _, each in made(folder, "configmaps") if "spark.properties" in each["data"]]
    assert len(found) == 1, f"{len(found)} config maps have a spark.properties"
    return found[0]


class Line:
    """What a line of spark-submit asks for."""

    def __init__(self, text):
        words = shlex.split(text.replace("\\\n", " "))
        assert words.pop(0) == "spark-submit"
        self.options, self.settings = {}, {}
        while words[0].startswith("--"):
            option, value = words.pop(0), words.pop(0)
            if option == "--conf":
                key, _, setting = value.partition("=")
                self.settings[key.removeprefix("spark.")] = setting
            else:
                self.options[option] = value
        self.jar, self.arguments = words[0], words[1:]

    def claims(self, of):
        """Claim and path of each volume."""
        start = f"kubernetes.{of}.volumes.persistentVolumeClaim."
        names = {key.removeprefix(start).split(".")[0] for key in self.settings if key.startswith(start)}
        return sorted((self.settings[f"{start}{each}.options.claimName"], self.settings[f"{start}{each}.mount.path"])
                      for each in names)


def mebibytes(text):
    """Of Spark's sizes, such as 8g, and of Kubernetes', such as 9011Mi."""
    text = text.lower().removesuffix("i").removesuffix("b")
    return float(text[:-1]) * MEBIBYTES[text[-1]]


def pod_claims(pod):
    claims = {each["name"]: each["persistentVolumeClaim"]["claimName"] for each in pod["spec"]["volumes"]
              if "persistentVolumeClaim" in each}
    mounts = pod["spec"]["containers"][0]["volumeMounts"]
    return sorted((claims[each["name"]], each["mountPath"]) for each in mounts if each["name"] in claims)


def program(arguments):
    """What the driver's container is to run, without the file of settings that Spark adds."""
    words = list(arguments)
    if "--properties-file" in words:
        at = words.index("--properties-file")
        del words[at:at + 2]
    return words


def check(folder, text):
    line, pods, wrong = Line(text), made(folder, "pods"), []
    settings = line.settings

    def row(pod, what, is_there, wanted):
        said = "as the line says" if is_there == wanted else f"WRONG: {wanted!r}"
        wrong.extend([what] * (is_there != wanted))
        shown = " ".join(map(str, is_there)) if isinstance(is_there, list) else is_there
        print(f"{pod:9} {what:16} {shown}  ({said})")

    for of, number in (DRIVER_ROLE, 1), (EXECUTOR_ROLE, int(settings["executor.instances"])):
        mine = [(namespace, pod) for namespace, pod in pods if role(pod) == of]
        row(of, "pods", len(mine), number)
        # executors are alike, and alike rows are printed once
        shown = set()
        for namespace, pod in mine:
            container = pod["spec"]["containers"][0]
            resources = container["resources"]
            rows = [("namespace", namespace, settings["kubernetes.namespace"]),
                    ("image", container["image"], settings["kubernetes.container.image"])]
            if of == DRIVER_ROLE:
                # without a setting of its own the overhead is a tenth of the heap, and 384 MiB at least
                heap = mebibytes(line.options["--driver-memory"])
                memory = int(heap + max(0.1 * heap, 384))
                rows += [("name begins", pod["metadata"]["name"][:len(line.options["--name"]) + 1], line.options["--name"] + "-"),
                         ("service account", pod["spec"].get("serviceAccountName"),
                          settings["kubernetes.authenticate.driver.serviceAccountName"]),
                         ("runs", program(container["args"]),
                          [DRIVER_ROLE, "--class", line.options["--class"], line.jar, *line.arguments])]
            else:
                memory = int(mebibytes(settings["executor.memory"]) + mebibytes(settings["executor.memoryOverhead"]))
                environment = {each["name"]: each.get("value") for each in container["env"]}
                rows += [("cores", int(resources["requests"]["cpu"]), int(settings["executor.cores"])),
                         ("heap in MiB", int(mebibytes(environment["SPARK_EXECUTOR_MEMORY"])),
                          int(mebibytes(settings["executor.memory"])))]
            rows += [("memory in MiB", int(mebibytes(resources["requests"]["memory"])), memory),
                     ("limit in MiB", int(mebibytes(resources["limits"]["memory"])), memory),
                     ("claims", [" at ".join(each) for each in pod_claims(pod)], [" at ".join(each) for each in line.claims(of)])]
            for what, is_there, wanted in rows:
                if (what, repr(is_there)) not in shown:
                    shown.add((what, repr(is_there)))
                    row(of, what, is_there, wanted)
    refused = folder / "refused"
    if refused.exists():
        print(f"WRONG: the stand-in does not know {refused.read_text()}")
        wrong.append("refused")
    return 1 if wrong else 0


if __name__ == "__main__":
    command, at = sys.argv[1], pathlib.Path(sys.argv[2])
    if command == "serve":
        serve(at, int(sys.argv[3]))
    elif command == "properties":
        print(properties(at), end="")
    else:
        sys.exit(check(at, sys.argv[3]))
