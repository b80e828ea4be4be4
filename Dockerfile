# syntax=docker/dockerfile:1
# secgraph in a container: see docs/how-to/container.md.

ARG NODE=node:26-trixie-slim

# Compiles the sources.
FROM ${NODE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc run.mjs ./
COPY server/package.json server/
RUN npm ci
COPY . .
RUN npm run build

# The packages that run, and no others.
FROM ${NODE} AS packages
WORKDIR /src
COPY package.json package-lock.json .npmrc run.mjs ./
COPY server/package.json server/
RUN npm ci --omit=dev --omit=optional --workspace server --include-workspace-root=false

FROM ${NODE}
RUN install -d -m 0700 -o 10001 -g 10001 /data
WORKDIR /opt/secgraph
COPY --from=packages /src/node_modules node_modules
COPY --from=build /src/server/package.json server/
COPY --from=build /src/server/dist server/dist
COPY --from=build /src/LICENSE /src/README.md ./
# MALLOC_ARENA_MAX: the C library keeps what is freed for each thread apart; with two such heaps a server takes less memory.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 SECGRAPH_DATA=/data SECGRAPH_HOST=0.0.0.0
VOLUME /data
EXPOSE 7080 7443
# A number, so that platforms see that it is not root.
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 7080}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/opt/secgraph/server/dist/cli/main.js"]
CMD ["serve"]
