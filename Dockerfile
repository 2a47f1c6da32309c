# Two stages: the first builds with what scripts/setup installs, the second holds the two programs and their libraries.
FROM debian:12-slim AS build
WORKDIR /smelt
COPY scripts scripts
RUN scripts/setup
COPY . .
RUN cmake --preset release -DSMELT_TESTS=OFF && cmake --build --preset release --target smelt smelt-sim

FROM debian:12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates libpqxx-6.4 libyaml-cpp0.7 libspdlog1.10 libfmt9 libcsv3 libxlsxwriter4 libre2-9 libssl3 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/smelt --create-home smelt
COPY --from=build /smelt/build/release/bin/smelt /smelt/build/release/bin/smelt-sim /usr/local/bin/
USER smelt
WORKDIR /work
# Spool files of batches that are being sent; the database is another container's.
ENV SMELT_HOME=/var/lib/smelt
VOLUME /var/lib/smelt
ENTRYPOINT ["smelt"]
CMD ["--help"]
