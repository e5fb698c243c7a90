using Workerd = import "/workerd/workerd.capnp";

# No compatibility flags: the core uses nothing of Node.
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "worker", esModule = embed "worker.js")],
    compatibilityDate = "2025-01-01",
  ))],
);
