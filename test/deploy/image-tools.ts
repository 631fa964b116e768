import { type ChildProcessWithoutNullStreams, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** These need neither a daemon nor a kernel module. */
const ENV = { ...process.env, STORAGE_DRIVER: "vfs", BUILDAH_ISOLATION: "chroot" };
const BASE = "localhost/lightfast-mcp-local-node";
const IMAGE = "localhost/lightfast-mcp-image-test";
const ROOT = process.cwd();
/** Commands of the shell that npm runs scripts with. */
const SHELL_COMMANDS = ["sh", "env", "cat", "ls", "mkdir", "rm", "test", "uname", "which"];

/** What `docker run` reads of an image. */
export type ImageConfig = {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[] | null;
  readonly Healthcheck: { readonly Test: readonly string[] };
  readonly ExposedPorts: Readonly<Record<string, unknown>>;
};

export type Image = {
  readonly config: ImageConfig;
  /** Where the file system of the image is mounted. */
  readonly root: string;
  /** Starts a command in the image: its user, its environment and `env`, and a read-only root. */
  start(command: readonly string[], env: Readonly<Record<string, string>>): ChildProcessWithoutNullStreams;
  remove(): void;
};

/** Builds the image from this repository. @throws if the tools for that are missing */
export function buildImage(): Image {
  for (const tool of ["buildah", "unshare"])
    if (spawnSync(tool, ["--version"]).error)
      throw new Error(`${tool} is missing. Install it, for example with: apt-get install buildah util-linux`);
  if (process.getuid?.() !== 0)
    throw new Error("Building and mounting an image requires root. Run: buildah unshare npm run test:image");
  const base = choosePinnedOrLocalBase();
  const npmrc = join(homedir(), ".npmrc");
  buildah("build", [
    ...(base ? ["--build-arg", `NODE_IMAGE=${base}`] : []),
    ...(existsSync(npmrc) ? ["--secret", `id=npmrc,src=${npmrc}`] : []),
    // Docker's format, because that of OCI has no health check.
    ...["--format", "docker", "--pull=false", "--retry", "0"],
    ...["--file", "deploy/Dockerfile", "--ignorefile", "deploy/Dockerfile.dockerignore", "--tag", IMAGE, "."],
  ]);
  const container = read("from", ["--pull=never", IMAGE]);
  const root = read("mount", [container]);
  const inspected = JSON.parse(read("inspect", ["--type", "image", IMAGE]));
  const config: ImageConfig = inspected.Docker.config;
  return {
    config,
    root,
    start: (command, env) => spawnReadOnly(root, config, command, env),
    remove: () => {
      read("rm", [container]);
      read("rmi", base ? [IMAGE, base] : [IMAGE]);
    },
  };
}

/** Returns undefined if the base that the Dockerfile pins can be pulled, otherwise a base of this machine's own files. */
function choosePinnedOrLocalBase(): string | undefined {
  const pinned = /^ARG NODE_IMAGE=(\S+)$/m.exec(readFileSync("deploy/Dockerfile", "utf8"))?.[1];
  if (!pinned) throw new Error("deploy/Dockerfile pins no NODE_IMAGE");
  if (spawnSync("buildah", ["pull", "--quiet", pinned], { env: ENV }).status === 0) return undefined;
  report(`${pinned} cannot be pulled; the base is made of this machine's Node.js ${process.version}`);
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-base-"));
  try {
    writeLocalBase(folder);
    buildah("build", ["--quiet", "--tag", BASE, folder]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return BASE;
}

/** Node.js, npm, the libraries of Node.js, a shell, and where given the certificates of this machine. */
function writeLocalBase(folder: string): void {
  const root = join(folder, "root");
  const node = realpathSync(process.execPath);
  const npm = dirname(dirname(realpathSync(execFileSync("which", ["npm"], { encoding: "utf8" }).trim())));
  const copy = (from: string, to: string): void => {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    cpSync(from, join(root, to), { recursive: true, dereference: true });
  };
  copy(node, "usr/local/bin/node");
  copy(npm, "usr/local/lib/node_modules/npm");
  symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(root, "usr/local/bin/npm"));
  const libraries = execFileSync("ldd", [node], { encoding: "utf8" });
  for (const [, library] of libraries.matchAll(/(\/\S+) \(0x/g)) if (library) copy(library, library);
  // Not for Node.js, but for the native parts of packages that the build loads.
  const libc = /(\/\S+\/)libc\.so\.6 \(0x/.exec(libraries)?.[1];
  if (libc) copy(`${libc}librt.so.1`, `${libc}librt.so.1`);
  const busybox = spawnSync("which", ["busybox"], { encoding: "utf8" }).stdout.trim();
  if (!busybox) throw new Error("busybox is missing. Install it with: apt-get install busybox-static");
  if (spawnSync("ldd", [busybox]).status === 0)
    throw new Error(`${busybox} needs libraries. Install one that does not: apt-get install busybox-static`);
  copy(busybox, "bin/busybox");
  for (const name of SHELL_COMMANDS) symlinkSync("busybox", join(root, "bin", name));
  mkdirSync(join(root, "usr/bin"));
  symlinkSync("/bin/env", join(root, "usr/bin/env"));
  for (const empty of ["proc", "dev", "sys", "root", "etc", "tmp"])
    mkdirSync(join(root, empty), { recursive: true });
  const certificates = process.env.NODE_EXTRA_CA_CERTS;
  if (certificates) copy(certificates, certificates);
  const lines = [
    "FROM scratch",
    "COPY root /",
    "ENV PATH=/usr/local/bin:/usr/bin:/bin",
    ...(certificates ? [`ENV NODE_EXTRA_CA_CERTS=${certificates}`] : []),
  ];
  writeFileSync(join(folder, "Dockerfile"), `${lines.join("\n")}\n`);
}

/** Runs in a mount namespace of its own, as a container engine does with `--read-only`. */
const READ_ONLY = `
root=$1; shift
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
exec env -i "$@"
`;

function spawnReadOnly(
  root: string,
  { User, Env }: ImageConfig,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcessWithoutNullStreams {
  const variables = [...Env, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
  const chroot = ["/usr/sbin/chroot", `--userspec=${User}`, "--groups=", root, ...command];
  const args = ["--mount", "sh", "-ec", READ_ONLY, "sh", root, ...variables, ...chroot];
  return spawn("unshare", args);
}

function buildah(action: string, args: readonly string[]): void {
  report(["buildah", action, ...args].join(" "));
  const { status } = spawnSync("buildah", [action, ...args], { cwd: ROOT, env: ENV, stdio: "inherit" });
  if (status !== 0) throw new Error(`buildah ${action} failed with status ${status}`);
}

function read(action: string, args: readonly string[]): string {
  return execFileSync("buildah", [action, ...args], { env: ENV, encoding: "utf8" }).trim();
}

function report(line: string): void {
  process.stdout.write(`$ ${line}\n`);
}
