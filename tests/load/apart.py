"""Clients on a machine of their own: a network namespace at the other end of a veth pair, with processors of its own.

Over the loopback interface the receiver's half of TCP runs inside the sender's send(), and its time is the sender's: what
a client's machine would do is counted as the server's. Here the clients' end has its packets received on the clients'
processors (RPS, Documentation/networking/scaling.rst), and serve pays for sending. One thing of the server's goes over too:
the acknowledgements are taken where the client sent them, 1 to 2 µs each. (Steered back to the server's processor they cost
more in interrupts between processors, which a hypervisor makes dear, than in TCP.) The pair and its addresses (RFC 2544, for
benchmarks) are reachable by nobody else.

Needs root, iproute2 and two processors; possible() says what is missing.
"""
import os
import shutil
import subprocess

NEAR, FAR = "198.18.0.1", "198.18.0.2"


def possible():
    """None, or why not."""
    if os.geteuid() != 0:
        return "needs root for a network namespace"
    if not shutil.which("ip"):
        return "needs iproute2"
    if len(os.sched_getaffinity(0)) < 2:
        return "needs two processors"
    return None


def mask(processors):
    return f"{sum(1 << p for p in processors):x}"


class Apart:
    """While it is open: the server listens on `address` and runs on `server_cpus`; `words` before a command make it a client's."""

    def __init__(self):
        self.name, self.address = f"hubbub-load-{os.getpid()}", NEAR
        self.namespace = f"/run/netns/{self.name}"
        near, far = f"hl{os.getpid()}", "far"
        cpus = sorted(os.sched_getaffinity(0))
        self.server_cpus, self.client_cpus = cpus[:len(cpus) // 2], cpus[len(cpus) // 2:]
        self.words = ["ip", "netns", "exec", self.name, "taskset", "-c", ",".join(map(str, self.client_cpus))]
        self.ip("netns", "add", self.name)
        try:
            self.ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", self.name)
            self.ip("address", "add", f"{NEAR}/30", "dev", near)
            self.ip("link", "set", near, "up")
            self.ip("-n", self.name, "address", "add", f"{FAR}/30", "dev", far)
            self.ip("-n", self.name, "link", "set", far, "up")
            receive = f"echo {mask(self.client_cpus)} > /sys/class/net/{far}/queues/rx-0/rps_cpus"
            subprocess.run([*self.words, "sh", "-c", receive], check=True)
        except BaseException:
            self.close()
            raise

    @staticmethod
    def ip(*words):
        subprocess.run(["ip", *words], check=True)

    def close(self):
        self.ip("netns", "del", self.name)  # the pair goes with it
