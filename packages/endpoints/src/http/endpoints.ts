/** Answers a web `Request`. Each adapter mounts it with `mountHandler`. */
export type Endpoints = (request: Request) => Promise<Response>
