export { apiKeyEndpoints, type Endpoints } from './api-keys/api-key-endpoints.js'
export type { ApiKeyEndpointsOptions } from './api-keys/options.js'
export { migrationEndpoint, type MigrationEndpointOptions } from './migration/migration-endpoint.js'
export { retiredEndpoint, type RetiredEndpointOptions } from './migration/retired-endpoint.js'
