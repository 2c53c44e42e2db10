"""The table of files that affect dependencies, package sources or toolchains, with their readers."""

TABLE = """
# Read by a reader of their own, or by a schema. A name in brackets is the file's syntax.
package-json[json]    package.json
package-lock[json]    package-lock.json npm-shrinkwrap.json
pnpm-lock[yaml]       pnpm-lock.yaml
yarn                  yarn.lock
requirements          requirements*.txt requirements*.in requirements*.pip *[-_.]requirements.txt
                      *[-_.]requirements.in *[-_.]requirements.pip requirements/**/*.txt requirements/**/*.in
                      requirements/**/*.pip constraints*.txt constraints*.in *[-_.]constraints.txt constraints/*.txt
                      reqs*.txt *[-_]reqs.txt deps/*.txt deps.txt dependencies.txt requirement.txt requires.txt
                      pip.txt *[-_]deps.txt reqs/*.txt requires/*.txt pip/*.txt
pyproject[toml]       pyproject.toml
setup-cfg[ini]        setup.cfg tox.ini
pipfile[toml]         Pipfile
pipfile-lock[json]    Pipfile.lock
poetry-lock[toml]     poetry.lock pdm.lock
uv-lock[toml]         uv.lock
pylock[toml]          pylock.toml pylock.*.toml
go-mod                go.mod go.work
go-sum                go.sum go.work.sum
cargo[toml]           Cargo.toml
cargo-lock[toml]      Cargo.lock
maven[xml]            pom.xml *.pom pom[-_.]*.xml *[-_.]pom.xml
maven-extensions[xml] .mvn/extensions.xml
gradle-catalog[toml]  *.versions.toml
gradle-lock           gradle.lockfile *-gradle.lockfile gradle/dependency-locks/*.lockfile
gemfile-lock          Gemfile.lock gems.locked *.gemfile.lock Gemfile.*.lock
composer[json]        composer.json composer.*.json
composer-lock[json]   composer.lock
nuget[xml]            *.*proj !*.pbxproj *.proj *.props *.targets *.msbuild *.pubxml
nuget-packages[xml]   packages.config
nuget-lock[json]      packages.lock.json
pub[yaml]             pubspec.y*ml pubspec_overrides.y*ml
pub-lock[yaml]        pubspec.lock
swift-lock[json]      Package.resolved
dockerfile            Dockerfile Dockerfile.* Dockerfile-* *.Dockerfile *.Dockerfile.* Containerfile
                      Containerfile[-_.]* *.containerfile Dockerfile_* *-Dockerfile *_Dockerfile dockerfiles/*
compose[yaml]         docker-compose*.y*ml podman-compose*.y*ml compose.y*ml compose[-_.]*.y*ml *[-_.]compose.y*ml
gitlab-ci[yaml]       .gitlab-ci.yml *.gitlab-ci.yml
circleci[yaml]        /.circleci/*config*.y*ml
buildkite[yaml]       .buildkite/pipeline*.y*ml .buildkite/*pipeline.y*ml /buildkite.y*ml
travis[yaml]          .travis.yml
workflow[yaml]        /.github/workflows/*.y*ml /.gitea/workflows/*.y*ml /.forgejo/workflows/*.y*ml action.yml
                      action.yaml

# JavaScript
plain[json]           bower.json .volta.json vlt-lock.json .bowerrc lerna.json jsr.json import_map.json
                      import-map.json importmap.json *.importmap rush.json common/config/rush/*.json elm.json
                      elm-package.json bsconfig.json rescript.json vlt.json esy.json deno.lock
deno[json]            deno.json
slash                 deno.jsonc bun.lock .pnp.cjs .pnp.js .pnp.loader.mjs package.json5 package-lock.json5
                      .pnpmfile.cjs .pnpmfile.js pnpmfile.cjs .pnpmfile.mjs .yarnrc.js yarn.config.cjs
plain[yaml]           package.yaml pnpm-workspace.y*ml pnpm-lock.yml .yarnrc.yml spago.yaml .moon/toolchain*.yml
hash                  .yarnrc .meteor/packages .meteor/versions .meteor/release .nvmrc .node-version .nodeenvrc .dvmrc
                      .bunrc
semicolon             .npmrc npmrc .pnpmrc
plain[toml]           bunfig.toml .bunfig.toml
dash                  spago.dhall packages.dhall
whole                 bun.lockb patches/*.patch patches/*.diff .yarn/patches/ common/config/rush/

# Python
setup-py              setup.py
python                noxfile.py conanfile.py SConstruct SConscript wscript waf hatch_build.py dodo.py
                      build_backend.py sitecustomize.py usercustomize.py *.gyp *.gypi
semicolon             pip.conf pip.ini .pypirc .pydistutils.cfg distutils.cfg buildout.cfg pyvenv.cfg versions.cfg
plain[toml]           poetry.toml uv.toml pdm.toml .pdm.toml hatch.toml .pixi/config.toml tox.toml pyscript.toml
plain[yaml]           environment.y*ml environment[-_.]*.y*ml conda*.y*ml .condarc anaconda-project.y*ml
                      rbs_collection.y*ml .mambarc spack.yaml .ko.yaml condarc conda-lock.yml pixi.lock cog.yaml
                      MLproject /meta.yaml /recipe.yaml conda*/**/meta.yaml recipe*/**/meta.yaml
                      recipe*/**/recipe.yaml
hash                  .python-version .python-versions .pdm-python runtime.txt *.pth binder/postBuild binder/start
                      Singularity Singularity.* Modelfile

# Java, Kotlin, Scala, Clojure
gradle                *.gradle *.gradle.kts *.main.kts buildSrc/** build-logic/** gradle/plugins/**
properties            gradle.properties gradle-wrapper.properties maven-wrapper.properties
                      gradle-daemon-jvm.properties versions.properties versions.props deps.properties
                      dependencies.properties project/build.properties /system.properties .sdkmanrc
plain[toml]           gradle/*.toml
xml                   /settings.xml .mvn/settings.xml .m2/settings.xml bom.xml ivy.xml ivysettings.xml build.xml
                      verification-metadata.xml toolchains.xml *.ivy
hash                  .mvn/maven.config .mvn/jvm.config gradlew gradlew.bat mvnw mvnw.cmd .java-version .jvmopts
                      .sbtopts .jabbarc .scalafmt.conf .mill-version jitpack.yml .scala-version sbt millw mill
whole                 .mvn/ gradle/wrapper/* verification-keyring.* gradle/*.gpg gradle/*.keys
sbt                   *.sbt build.sc deps.sc build.mill *.mill *.mill.scala pom.kts pom.groovy pom.scala build.cake
                      project/*.scala !src/**
lisp                  project.clj profiles.clj build.clj deps.edn bb.edn nbb.edn shadow-cljs.edn build.boot
plain[yaml]           bleep.yaml build.mill.yaml pom.yaml

# .NET
plain[xml]            *.nuspec nuget.config paket.template phars.xml phive.xml repositories.config
plain[json]           global.json dotnet-tools.json *.deps.json libman.json *.runtimeconfig.json
                      runtimeconfig.template.json jbang-catalog.json pyscript.json .wp-env.json
hash                  paket.dependencies paket.references paket.local paket.lock Directory.Build.rsp
powershell            *.psd1

# Ruby, PHP
ruby                  Gemfile gems.rb *.gemfile Gemfile.* *.gemspec *.podspec Podfile Brewfile Appraisals Vagrantfile
                      importmap.rb Berksfile Policyfile.rb Puppetfile Cheffile Fastfile Pluginfile Rakefile Dangerfile
                      Guardfile
hash                  .ruby-version .ruby-gemset .rbenv-gemsets .rvmrc .gemrc .bundle/config .php-version
plain[json]           /auth.json symfony.lock
plain[yaml]           .bundle/plugin/index *.info.yml

# Swift, Objective-C, Dart
slash                 Package.swift Package@swift-*.swift Tuist/**/*.swift
hash                  drupal.make .goenv .jdk .renviron Cartfile Cartfile.private Cartfile.resolved .swift-version
                      .xcode-version Mintfile
plain[yaml]           Podfile.lock melos.yaml /project.yml
plain[json]           .swiftpm/configuration/*.json *.podspec.json .fvmrc .fvm/fvm_config.json fvm_config.json

# Elixir, Erlang, Gleam
elixir                mix.exs mix.lock
erlang                rebar.config rebar.config.script rebar.lock
plain[toml]           gleam.toml
hash                  elixir_buildpack.config phoenix_static_buildpack.config .exenv-version

# Rust, Go, Zig, Nim, Crystal, D, V
plain[toml]           .cargo/config.toml .cargo/config rust-toolchain.toml Cross.toml Gopkg.toml Gopkg.lock
slash                 build.rs
hash                  rust-toolchain .rust-toolchain .go-version .zigversion .crystal-version go.env nim.cfg
                      config.nims vendor.conf
plain[yaml]           glide.yaml glide.lock drush.make.yml zigmod.yml shard.yml shard.lock shard.override.yml
zig                   build.zig build.zig.zon gyro.zzz
plain[json]           dub.json dub.selections.json nimble.lock
plain-version         *.nimble dub.sdl v.mod
go-mod                .bingo/*.mod bingo/*.mod

# C, C++, embedded
cmake                 CMakeLists.txt *.cmake CMakeLists.*.txt
plain[json]           CMakePresets.json CMakeUserPresets.json vcpkg.json vcpkg-configuration.json conan.lock
                      /library.json
semicolon             conanfile.txt *.wrap platformio.ini conanprofile
properties            library.properties
meson                 meson.build
hash                  meson_options.txt meson.options configure *.m4 *.qbs autogen.sh bootstrap bootstrap.sh Kbuild
                      *.mak Justfile justfile .justfile Taskfile.yml Taskfile.yaml Earthfile DEPS *.gn *.gni
autoconf              configure.ac configure.in
make                  Makefile makefile GNUmakefile GNUmakefile.* Makefile.* makefile.* *.mk
plain[yaml]           conandata.yml west.yml idf_component.yml sketch.yaml zephyr/module.yml
dash                  xmake.lua premake5.lua

# Bazel, Buck, Pants, Nix, Guix
bazel-module          MODULE.bazel *.MODULE.bazel
hash                  WORKSPACE WORKSPACE.bazel WORKSPACE.bzlmod *.bzl .bazelversion .bazelrc *.bazelrc bazel.rc
                      .bazeliskrc .buckconfig .buckversion .plzconfig .nix-channel .envrc *.nix
plain[json]           MODULE.bazel.lock maven_install.json *_install.json flake.lock devbox.json devbox.lock
                      npins/*.json nix/sources.json elm-tooling.json elm-git.json psc-package.json
plain[toml]           pants.toml pants.*.toml buckaroo.toml
lisp                  manifest.scm channels.scm guix.scm
plain[yaml]           devenv.yaml devenv.lock

# Haskell, OCaml, Perl, R, Julia, Lua, others
cabal                 *.cabal cabal.project cabal.project.* cabal.config
plain[yaml]           stack.yaml stack.yaml.lock stack-*.yaml snapshot.yaml
opam                  opam *.opam *.opam.locked *.opam.template
lisp                  dune-project dune-workspace *.asd Cask Eask info.rkt akku.manifest
hash                  cpanfile cpanfile.snapshot .perl-version .Rprofile qlfile minil.toml *.spec.in *.ebuild
                      remappings.txt *.repos *.rosinstall /packages.yml /dependencies.yml dbt/packages.yml
                      dbt/dependencies.yml ProjectSettings/PackageManagerSettings.asset addons.make plug.gd
                      ProjectSettings/ProjectVersion.txt
plain-version         Makefile.PL Build.PL dist.ini
plain[json]           renv.lock META6.json dfx.json clib.json Packages/manifest.json Packages/packages-lock.json
                      *.uproject *.uplugin sfdx-project.json
r                     DESCRIPTION
plain[toml]           Project.toml JuliaProject.toml Manifest.toml JuliaManifest.toml Manifest-v*.toml Artifacts.toml
                      Overrides.toml aftman.toml foreman.toml rokit.toml Clarinet.toml Trunk.toml foundry.toml
                      soldeer.lock Move.lock Scarb.lock Anchor.toml
own-package[toml]     wally.toml aiken.toml mops.toml rproject.toml Move.toml Scarb.toml Nargo.toml Forc.toml
                      pixi.toml buildpack.toml alire.toml fpm.toml
dash                  luarocks.lock renv/activate.R .luarocks/config.lua vessel.dhall package-set.dhall
rockspec              *.rockspec

# Images, clusters, machines
hash                  docker-bake.hcl docker-bake.json .terraform.lock.hcl .terraform-version .opentofu-version
                      *.pkr.hcl .terragrunt-version .terraformrc terraform.rc .tflint.hcl versions.tf hermit.hcl
                      *versions.hcl app.nomad *.nomad *.dvc *.eb preseed*.cfg *.ks mkosi*.conf *.repo *.sources
                      sources.list sources.list.d/* nix.conf pacman.conf registries.conf apk/repositories
                      .conan/profiles/* conan/profiles/* .tool-versions .tool-versions.* .buildpacks Aptfile apt.txt
                      apt-packages.txt packages.txt .apt .packages system-packages.txt aqua.y*ml .aqua.y*ml pkgx.y*ml
                      .pkgx.y*ml tea.yaml .aqua/*.yaml .asdfrc .default-npm-packages .default-gems
                      .default-python-packages debian/control debian/rules PKGBUILD APKBUILD *.bb *.bbappend
chart[yaml]           Chart.y*ml
plain[yaml]           Chart.lock charts/**/requirements.yaml requirements.yaml requirements.yml requirements.lock
                      galaxy.yml helmfile.yaml.lock helmfile.lock vendir.yml vendir.lock.yml heroku.yml snapcraft.yaml
                      .gitpod.yml .pre-commit-config.y*ml melange.y*ml apko.y*ml nfpm.y*ml
plain[json]           jsonnetfile.json jsonnetfile.lock.json captain-definition nixpacks.json railpack.json
app-json[json]        /app.json apps/*/app.json packages/*/app.json
plain[toml]           nixpacks.toml project.toml builder.toml mise.toml .mise.toml mise.*.toml .mise.*.toml mise.lock
                      .rtx.toml .prototools .config/mise/*.toml .mise/*.toml mise/*.toml
slash                 devcontainer.json .devcontainer.json .devcontainer/**/*.json devcontainer-lock.json
whole                 .devcontainer/

# Names that other files have too: only the sections that bring something in count.
sections[json]        */auth.json */library.json manifest.json project.json vendor.json Godeps.json META.json
                      vercel.json railway.json firebase.json cdk.json cdktf.json mcp.json .mcp.json nx.json host.json
                      now.json daemon.json bicepconfig.json packer.json extensions.json
sections[yaml]        project.y*ml module.y*ml meta.y*ml xcodegen.y*ml Pulumi.y*ml dbt_project.yml brownie-config.y*ml
                      ape-config.y*ml plugins.y*ml app.y*ml serverless*.y*ml template.y*ml env.y*ml
                      environments/*.y*ml render.y*ml .platform.app.yaml .upsun/*.yaml roles/**/meta/main.y*ml
                      cloud-init*.y*ml cloud-config* user-data* apprunner.yaml electron-builder.y*ml
                      .ebextensions/*.config
sections[toml]        fly.toml netlify.toml railway.toml wrangler.toml .replit soldeer.toml
sections[xml]         package.xml default.xml *settings*.xml config.xml

# git
semicolon             .gitmodules .lfsconfig
"""
"""Lines of `reader  patterns`, continued on indented ones, with the globs of `hotfix.text.globs`, case-insensitive.

Exact names take precedence over patterns, then the first matching row over later ones.
"""
