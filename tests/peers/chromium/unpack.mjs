// Unpacks the browser that @sparticuz/chromium carries, with the libraries and the font that a bare
// machine lacks, into node_modules/.unpacked: "npm ci" takes that away with the rest. The package
// itself would unpack into the machine's folder for temporary files, which all checkouts share.
import { createReadStream, createWriteStream } from "node:fs";
import { chmod, mkdir, rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createBrotliDecompress } from "node:zlib";
import { extract } from "tar-fs";

const here = fileURLToPath(new URL("node_modules/", import.meta.url));
const packed = `${here}@sparticuz/chromium/bin`;
const half = `${here}.unpacking`;

await rm(half, { recursive: true, force: true });
await mkdir(half);
for (const name of ["al2023", "fonts", "swiftshader"]) {
  await pipeline(
    createReadStream(`${packed}/${name}.tar.br`),
    createBrotliDecompress(),
    extract(half),
  );
}
await pipeline(
  createReadStream(`${packed}/chromium.br`),
  createBrotliDecompress(),
  createWriteStream(`${half}/chromium`),
);
await chmod(`${half}/chromium`, 0o755);
await rm(`${here}.unpacked`, { recursive: true, force: true });
await rename(half, `${here}.unpacked`);
