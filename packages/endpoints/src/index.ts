export { apiKeyEndpoints, type Endpoints } from './api-keys/api-key-endpoints.js'
export type { ApiKeyEndpointsOptions } from './api-keys/options.js'
