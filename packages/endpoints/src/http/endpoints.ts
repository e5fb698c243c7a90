/** Answers a request of the web platform. Each adapter mounts it with `mountHandler`. */
export type Endpoints = (request: Request) => Promise<Response>
