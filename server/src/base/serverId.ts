/** Who writes what no caller asked for: the server itself, as application and, where it belongs to no tenant, as tenant. Nobody is registered under it. */
export const serverId = "00000000-0000-0000-0000-000000000000";
