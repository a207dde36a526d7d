import { type Field, isPlain } from '../field.ts'

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** Programs that developers have, and that only say what they are with these arguments. */
const programs = words(`
  ghc ghci runghc stack cabal hlint ormolu fourmolu nvcc ldd ld as ar make gmake cmake ninja meson bazel bazelisk buck2 pants zig crystal shards nim nimble
  dmd ldc2 dub elm elm-test elm-format gleam rebar3 erl erlc elixir elixirc iex mix lein clj clojure bb babashka clj-kondo cljfmt boot kotlin kotlinc kotlinc-native ktlint
  detekt scala scalac scalafmt scalafix sbt mill amm coursier cs java javac javap jar jdeps jshell groovy gradle gradlew mvn mvnw ant ocaml ocamlc ocamlopt ocamlfind opam dune esy
  ocamlformat julia R Rscript octave racket raco sbcl guile luac luacheck luarocks busted stylua selene perldoc perlcritic perltidy prove cpan cpanm raku zef
  swift swiftc swiftlint swiftformat swift-format xcodebuild xcrun xcode-select pod fastlane adb emulator sdkmanager flutter dart fvm
  dotnet nuget msbuild mono csc fsharpc pwsh powershell rustc rustup rustfmt rustdoc cargo clippy-driver wasm-pack wasm-bindgen trunk maturin cross go gofmt goimports golangci-lint staticcheck dlv
  gopls gotestsum ginkgo goreleaser ko wire mockgen protoc protoc-gen-go buf grpcurl evans node npm npx pnpm yarn bun bunx deno corepack nvm fnm volta tsc tsx ts-node esbuild swc rollup webpack vite
  parcel turbo nx lerna next nuxt astro gatsby remix ng vue react-native expo eas cordova ionic electron svelte-kit playwright cypress jest vitest mocha ava eslint prettier stylelint biome oxlint
  dprint wrangler vercel netlify firebase serverless sls cdk sam python python2 python3 pip pip3 pipx pipenv poetry pdm uv uvx hatch rye pixi conda mamba micromamba pyenv tox nox pytest mypy pyright
  ruff black isort flake8 pylint bandit pre-commit jupyter ipython django-admin flask uvicorn gunicorn celery alembic ruby gem bundle bundler rake rails rspec rubocop standardrb jekyll
  rbenv rvm chruby brakeman sorbet srb steep php composer phpunit phpstan psalm pest phpcs php-cs-fixer rector artisan symfony wp drush lua luajit perl
  gcc g++ cc c++ clang clang++ clang-format clang-tidy clangd cpp gfortran gdb lldb valgrind cppcheck cpplint ccache sccache conan vcpkg xmake scons autoconf automake libtool pkg-config pkgconf bison flex nasm yasm
  git gh glab hub svn hg jj docker docker-compose podman buildah skopeo nerdctl kubectl helm kustomize minikube kind k3d k9s kubeadm kubectx stern istioctl linkerd argocd flux skaffold tilt terraform tofu terragrunt tflint
  tfsec checkov trivy packer vagrant ansible ansible-playbook ansible-lint ansible-galaxy pulumi nomad consul vault aws gcloud gsutil az doctl heroku fly flyctl
  psql pg_dump pg_restore pg_isready initdb postgres mysql mysqldump mysqladmin mariadb sqlite3 redis-cli redis-server mongosh mongo mongod mongodump clickhouse duckdb influx cqlsh nginx httpd apache2 caddy haproxy envoy
  bash zsh fish dash sh tmux screen vim nvim emacs nano curl wget http httpie rsync ssh openssl gpg jq yq gojq fx xmllint xsltproc rg fd fdfind ag ack bat exa eza delta difft fzf tree tokei cloc scc hyperfine entr watchexec
  just task mage ffmpeg ffprobe convert identify magick exiftool pandoc asciidoctor hugo zola mdbook mkdocs sphinx-build doxygen typst pdflatex xelatex lualatex latexmk dot plantuml
  shellcheck shfmt hadolint actionlint yamllint markdownlint codespell typos vale taplo sqlfluff semgrep gitleaks act lychee direnv asdf mise brew apt apt-get dpkg rpm dnf yum apk pacman nix nix-env nix-build nix-shell nixfmt
  uname sed awk gawk grep find xargs ls cat sort tar gzip zip unzip xz zstd patch diff less man dd cp mv rm ln mkdir rmdir touch chmod chown tee install split csplit truncate shred mktemp
  watchman nvidia-smi lsb_release qemu-system-x86_64 wasmtime wasmer solc forge cast anvil hardhat truffle vyper iverilog verilator yosys arduino-cli platformio pio esptool.py idf.py west godot`)

const shortVersion: Readonly<Record<string, ReadonlySet<string>>> = {
  '-v': words(`node npm pnpm yarn bun bunx tsc bundle bundler gem ruby perl php gradle
    gradlew mvn mvnw mix lua luajit gcc g++ cc clang clang++ git docker vagrant
    terraform rails rspec rubocop eslint webpack lein nginx httpd apache2 redis-server redis-cli make gmake
    pandoc jekyll nasm ld nim crystal rebar3 racket groovy julia pwsh fastlane cordova ionic
    electron next vite lerna ts-node jest rbenv rvm nvm screen rollup yarnpkg octave stylelint`),
  '-V': words(`python python2 python3 pip pip3 cargo rustc rustup rustfmt ssh composer rake curl wget
    psql pg_dump pg_restore mysql mysqldump mysqladmin tmux rg fd fdfind jq yq gojq bat
    rubocop ghc cabal perl deno rsync gawk swc vue make gmake nginx poetry uv
    pytest mypy ruff shellcheck`),
  '-version': words(
    `java javac kotlin kotlinc scala scalac swift swiftc xcodebuild ant ffmpeg ffprobe convert identify magick ocaml ocamlc ocamlopt sqlite3 terraform tofu msbuild emulator sbt staticcheck nomad consul packer vault`,
  ),
  '--versions': words('gradle'),
  '-VV': words('python python3'),
  '--full-version': words('java'),
  '-dumpversion': words('gcc g++ cc clang clang++ c++'),
  '-dumpmachine': words('gcc g++ cc clang clang++ c++'),
  '-vV': words('rustc cargo'),
  '-Vv': words('rustc cargo'),
}

const versionVerb =
  words(`go docker podman kubectl helm kustomize minikube kind k3d terraform tofu packer nomad consul
    vault buf hugo zig openssl bazel golangci-lint goreleaser ko dlv dart flutter deno npm
    pulumi gh glab ruff biome uv uvx bundle dune opam gleam shards nuget adb
    argocd flux istioctl skaffold tilt trivy tfsec checkov mise asdf direnv rustup stern linkerd
    gopls caddy pnpm conan vcpkg cabal lein rebar3 cypress playwright poetry hatch pixi svn
    hg`)

/** `tool help topic` prints; those that open a browser or run the topic are left out. */
const helpVerb = words(`git cargo go npm pnpm yarn pip pip3 gem bundle composer mix docker podman
    kubectl helm gh glab terraform tofu rustup poetry uv pdm hatch conda brew cabal
    stack zig opam lein rebar3 gleam heroku fly flyctl aws rails svn hg jj
    nx deno bun dart flutter buf swiftlint vagrant golangci-lint trivy wrangler pulumi hugo jekyll
    lerna`)

/** Tools whose subcommands all know `--help` and do nothing else with it. */
const helpBelow =
  words(`gh glab docker podman docker-compose kubectl helm terraform tofu cargo rustup go npm pnpm
    pip pip3 poetry uv pdm hatch gem bundle composer dotnet flutter dart swift brew
    conda mamba gcloud az heroku fly flyctl doctl wrangler vercel netlify firebase pulumi buf
    deno cabal stack opam zig golangci-lint pipenv ruff biome turbo nx playwright cypress jest
    vitest conan trivy argocd flux kustomize minikube kind cdk sam aws eas expo lerna
    dbt alembic flask mkdocs mdbook hugo jekyll pre-commit coverage twine tox nox pdm rye
    pixi terragrunt packer vagrant ansible-galaxy`)
const shortHelpBelow = words(
  'gh glab cargo docker podman kubectl helm terraform tofu pip pip3 poetry uv npm go flutter dart swift dotnet pulumi buf deno ruff biome hatch pdm mkdocs turbo pre-commit',
)

/** Where a name that is no subcommand is a script or an alias: the subcommands. */
const own: Readonly<Record<string, ReadonlySet<string>>> = {
  cargo: words(
    'build check test run bench doc clippy fmt tree metadata add remove install uninstall update publish new init search clean fetch fix vendor package nextest b c t r d',
  ),
  npm: words(
    'install i ci add remove uninstall update audit outdated list ls publish pack version why explain link config view info init login prune dedupe',
  ),
  pnpm: words('install i add remove update audit outdated list ls publish pack why link config store'),
}
const containers = words('docker podman nerdctl docker-compose')

/** What may start another program or script before it looks at `--help`. */
const startsOthers = words('run exec x dlx foreach shell run-script rum script ssh tool')

const isWord = (field: Field): boolean => isPlain(field) && /^[a-z][\w:.-]*$/.test(field.text)

/** Does the command only say its version or how it is used? */
export const asksAboutItself = (name: string, args: readonly Field[]): boolean => {
  const last = args.at(-1)
  const before = args.slice(0, -1)
  if (!last || !isPlain(last) || !before.every(isWord)) return false
  const { text } = last
  if (before.length === 0)
    return (
      ((text === '--version' || text === '--help') && programs.has(name)) ||
      shortVersion[text]?.has(name) === true ||
      (text === 'version' && versionVerb.has(name)) ||
      (text === 'help' && helpVerb.has(name))
    )
  if (before[0]?.text === 'help') return helpVerb.has(name) && isWord(last) && before.length <= 3
  const isHelp =
    (text === '--help' && helpBelow.has(name)) ||
    (text === '-h' && shortHelpBelow.has(name)) ||
    (text === '-help' && (name === 'terraform' || name === 'tofu')) ||
    (text === 'help' && name === 'aws')
  if (
    !isHelp ||
    before.length > 3 ||
    (containers.has(name) && before.some((field) => field.text === 'create'))
  )
    return false
  const verbs = own[name]
  if (verbs) return before.length === 1 && verbs.has(before[0]?.text ?? '')
  // `tool run --help` is about `run`; with more words it may be about what is run.
  return before.length === 1
    ? !['x', 'dlx', 'script', 'ssh'].includes(before[0]?.text ?? '')
    : !before.some((field) => startsOthers.has(field.text))
}
