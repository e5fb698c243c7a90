using Workerd = import "/workerd/workerd.capnp";

# Two workers: an API, and a service that it is bound to. No compatibility flags: the core uses
# nothing of Node. scripts/runtimes.mjs makes the secrets anew.
const config :Workerd.Config = (
  services = [(name = "main", worker = .api), (name = "auth", worker = .service)],
);

const api :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2025-01-01",
  bindings = [
    (name = "AUTH", service = "auth"),
    (name = "JWT_SECRET", text = embed "jwt-secret.txt"),
    (name = "REMOTE_SECRET", text = embed "remote-secret.txt"),
  ],
);

const service :Workerd.Worker = (
  modules = [(name = "service", esModule = embed "service.js")],
  compatibilityDate = "2025-01-01",
  bindings = [
    (name = "JWT_SECRET", text = embed "jwt-secret.txt"),
    (name = "REMOTE_SECRET", text = embed "remote-secret.txt"),
  ],
);
