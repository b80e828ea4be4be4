/** Where the stored entity of a subscription keeps what only the server reads: the change it begins behind, and in whose name it looks. */
export const watcherState = "@secgraph.watcher";
