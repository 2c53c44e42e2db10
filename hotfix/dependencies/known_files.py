"""The table of files that affect dependencies, package sources or toolchains, with their readers."""

TABLE = """
# Read by a reader of their own, or by a schema. A name in brackets is the file's syntax.
package-json[json]        package.json
package-lock[json]        package-lock.json npm-shrinkwrap.json
pnpm-lock[yaml]           pnpm-lock.yaml
yarn                      yarn.lock
requirements              requirements*.txt requirements*.in requirements*.pip *[-_.]requirements.txt
requirements              *[-_.]requirements.in *[-_.]requirements.pip requirements/**/*.txt
requirements              requirements/**/*.in
requirements              requirements/**/*.pip constraints*.txt constraints*.in *[-_.]constraints.txt
requirements              constraints/*.txt reqs*.txt *[-_]reqs.txt deps/*.txt deps.txt dependencies.txt
requirements              requirement.txt requires.txt pip.txt *[-_]deps.txt reqs/*.txt
requirements              requires/*.txt pip/*.txt
pyproject[toml]           pyproject.toml
setup-cfg[ini]            setup.cfg tox.ini
pipfile[toml]             Pipfile
pipfile-lock[json]        Pipfile.lock
poetry-lock[toml]         poetry.lock pdm.lock
uv-lock[toml]             uv.lock
pylock[toml]              pylock.toml pylock.*.toml
go-mod                    go.mod go.work
go-sum                    go.sum go.work.sum
cargo[toml]               Cargo.toml
cargo-lock[toml]          Cargo.lock
maven[xml]                pom.xml *.pom pom[-_.]*.xml *[-_.]pom.xml
maven-extensions[xml]     .mvn/extensions.xml
gradle-catalog[toml]      *.versions.toml
gradle-lock               gradle.lockfile *-gradle.lockfile gradle/dependency-locks/*.lockfile
gemfile-lock              Gemfile.lock gems.locked *.gemfile.lock Gemfile.*.lock
composer[json]            composer.json composer.*.json
composer-lock[json]       composer.lock
nuget[xml]                *.*proj !*.pbxproj *.proj *.props *.targets *.msbuild *.pubxml
nuget-packages[xml]       packages.config
nuget-lock[json]          packages.lock.json
pub[yaml]                 pubspec.y*ml pubspec_overrides.y*ml
pub-lock[yaml]            pubspec.lock
swift-lock[json]          Package.resolved
dockerfile                Dockerfile Dockerfile.* Dockerfile-* *.Dockerfile *.Dockerfile.* Containerfile
dockerfile                Containerfile[-_.]* *.containerfile Dockerfile_* *-Dockerfile *_Dockerfile
dockerfile                dockerfiles/*
compose[yaml]             docker-compose*.y*ml podman-compose*.y*ml compose.y*ml compose[-_.]*.y*ml
compose[yaml]             *[-_.]compose.y*ml
workflow[yaml]            /.github/workflows/*.y*ml /.gitea/workflows/*.y*ml /.forgejo/workflows/*.y*ml
workflow[yaml]            action.yml action.yaml

# JavaScript
plain[json]               bower.json .volta.json vlt-lock.json .bowerrc lerna.json jsr.json import_map.json
plain[json]               import-map.json importmap.json
plain[json]               *.importmap rush.json common/config/rush/*.json elm.json elm-package.json
plain[json]               bsconfig.json
plain[json]               rescript.json vlt.json esy.json
deno[json]                deno.json
slash                     deno.jsonc bun.lock .pnp.cjs .pnp.js .pnp.loader.mjs package.json5
slash                     package-lock.json5 .pnpmfile.cjs
slash                     .pnpmfile.js pnpmfile.cjs .pnpmfile.mjs .yarnrc.js
slash                     yarn.config.cjs
plain[yaml]               package.yaml pnpm-workspace.y*ml pnpm-lock.yml .yarnrc.yml spago.yaml
plain[yaml]               .moon/toolchain*.yml
hash                      .yarnrc .meteor/packages .meteor/versions .meteor/release .nvmrc .node-version
hash                      .nodeenvrc .dvmrc
hash                      .bunrc
semicolon                 .npmrc npmrc .pnpmrc
plain[toml]               bunfig.toml .bunfig.toml
plain[json]               deno.lock
dash                      spago.dhall packages.dhall
whole                     bun.lockb patches/*.patch patches/*.diff .yarn/patches/ common/config/rush/

# Python
setup-py                  setup.py
python                    noxfile.py conanfile.py SConstruct SConscript wscript waf hatch_build.py dodo.py
python                    build_backend.py sitecustomize.py usercustomize.py *.gyp *.gypi
semicolon                 pip.conf pip.ini .pypirc .pydistutils.cfg distutils.cfg buildout.cfg
semicolon                 pyvenv.cfg versions.cfg
plain[toml]               poetry.toml uv.toml pdm.toml .pdm.toml hatch.toml .pixi/config.toml tox.toml
plain[toml]               pyscript.toml
plain[yaml]               environment.y*ml environment[-_.]*.y*ml conda*.y*ml .condarc
plain[yaml]               anaconda-project.y*ml rbs_collection.y*ml .mambarc spack.yaml .ko.yaml
plain[yaml]               condarc conda-lock.yml pixi.lock cog.yaml MLproject /meta.yaml /recipe.yaml
plain[yaml]               conda*/**/meta.yaml recipe*/**/meta.yaml recipe*/**/recipe.yaml
hash                      .python-version .python-versions .pdm-python runtime.txt *.pth
hash                      binder/postBuild binder/start Singularity Singularity.* Modelfile

# Java, Kotlin, Scala, Clojure
gradle                    *.gradle *.gradle.kts *.main.kts buildSrc/** build-logic/** gradle/plugins/**
properties                gradle.properties gradle-wrapper.properties maven-wrapper.properties
properties                gradle-daemon-jvm.properties versions.properties versions.props deps.properties
properties                dependencies.properties project/build.properties /system.properties .sdkmanrc
plain[toml]               gradle/*.toml
xml                       /settings.xml .mvn/settings.xml .m2/settings.xml bom.xml ivy.xml ivysettings.xml
xml                       build.xml verification-metadata.xml toolchains.xml
xml                       *.ivy
hash                      .mvn/maven.config .mvn/jvm.config gradlew gradlew.bat mvnw mvnw.cmd .java-version
hash                      .jvmopts
hash                      .sbtopts .jabbarc .scalafmt.conf .mill-version jitpack.yml .scala-version sbt
hash                      millw mill
whole                     .mvn/ gradle/wrapper/* verification-keyring.* gradle/*.gpg gradle/*.keys
sbt                       *.sbt build.sc deps.sc build.mill *.mill *.mill.scala pom.kts pom.groovy pom.scala
sbt                       build.cake
sbt                       project/*.scala !src/**
lisp                      project.clj profiles.clj build.clj deps.edn bb.edn nbb.edn shadow-cljs.edn
lisp                      build.boot
plain[yaml]               bleep.yaml build.mill.yaml pom.yaml

# .NET
plain[xml]                *.nuspec nuget.config paket.template phars.xml phive.xml repositories.config
plain[json]               global.json dotnet-tools.json *.deps.json libman.json
plain[json]               *.runtimeconfig.json runtimeconfig.template.json jbang-catalog.json
plain[json]               pyscript.json .wp-env.json
hash                      paket.dependencies paket.references paket.local paket.lock Directory.Build.rsp
powershell                *.psd1

# Ruby, PHP
ruby                      Gemfile gems.rb *.gemfile Gemfile.* *.gemspec *.podspec Podfile Brewfile
ruby                      Appraisals
ruby                      Vagrantfile importmap.rb Berksfile Policyfile.rb Puppetfile Cheffile Fastfile
ruby                      Pluginfile
ruby                      Rakefile Dangerfile Guardfile
hash                      .ruby-version .ruby-gemset .rbenv-gemsets .rvmrc .gemrc .bundle/config
hash                      .php-version
plain[json]               /auth.json symfony.lock
plain[yaml]               .bundle/plugin/index *.info.yml

# Swift, Objective-C, Dart
slash                     Package.swift Package@swift-*.swift Tuist/**/*.swift
hash                      drupal.make .goenv .jdk .renviron
hash                      Cartfile Cartfile.private Cartfile.resolved .swift-version .xcode-version Mintfile
plain[yaml]               Podfile.lock melos.yaml /project.yml
plain[json]               .swiftpm/configuration/*.json *.podspec.json .fvmrc .fvm/fvm_config.json fvm_config.json

# Elixir, Erlang, Gleam
elixir                    mix.exs mix.lock
erlang                    rebar.config rebar.config.script rebar.lock
plain[toml]               gleam.toml
hash                      elixir_buildpack.config phoenix_static_buildpack.config .exenv-version

# Rust, Go, Zig, Nim, Crystal, D, V
plain[toml]               .cargo/config.toml .cargo/config rust-toolchain.toml Cross.toml Gopkg.toml
plain[toml]               Gopkg.lock
slash                     build.rs
hash                      rust-toolchain .rust-toolchain .go-version .zigversion .crystal-version go.env
plain[yaml]               glide.yaml glide.lock drush.make.yml zigmod.yml shard.yml shard.lock
plain[yaml]               shard.override.yml
zig                       build.zig build.zig.zon gyro.zzz
plain[json]               dub.json dub.selections.json nimble.lock
plain-version             *.nimble
hash                      nim.cfg config.nims vendor.conf
go-mod                    .bingo/*.mod bingo/*.mod
plain-version             dub.sdl v.mod

# C, C++, embedded
cmake                     CMakeLists.txt *.cmake CMakeLists.*.txt
plain[json]               CMakePresets.json CMakeUserPresets.json vcpkg.json vcpkg-configuration.json
plain[json]               conan.lock
plain[json]               /library.json
semicolon                 conanfile.txt *.wrap platformio.ini conanprofile
properties                library.properties
meson                     meson.build
hash                      meson_options.txt meson.options configure
autoconf                  configure.ac configure.in
hash                      *.m4 *.qbs
hash                      autogen.sh bootstrap bootstrap.sh Kbuild
make                      Makefile makefile GNUmakefile GNUmakefile.* Makefile.* makefile.* *.mk
hash                      *.mak Justfile justfile .justfile Taskfile.yml Taskfile.yaml Earthfile DEPS *.gn
hash                      *.gni
plain[yaml]               conandata.yml west.yml idf_component.yml sketch.yaml zephyr/module.yml
dash                      xmake.lua premake5.lua

# Bazel, Buck, Pants, Nix, Guix
bazel-module              MODULE.bazel *.MODULE.bazel
hash                      WORKSPACE WORKSPACE.bazel WORKSPACE.bzlmod *.bzl .bazelversion
hash                      .bazelrc
hash                      *.bazelrc bazel.rc
hash                      .bazeliskrc .buckconfig .buckversion .plzconfig .nix-channel .envrc
plain[json]               MODULE.bazel.lock maven_install.json *_install.json flake.lock devbox.json
plain[json]               devbox.lock
plain[json]               npins/*.json nix/sources.json elm-tooling.json elm-git.json psc-package.json
plain[toml]               pants.toml pants.*.toml buckaroo.toml
hash                      *.nix
lisp                      manifest.scm channels.scm guix.scm
plain[yaml]               devenv.yaml devenv.lock

# Haskell, OCaml, Perl, R, Julia, Lua, others
cabal                     *.cabal cabal.project cabal.project.* cabal.config
plain[yaml]               stack.yaml stack.yaml.lock stack-*.yaml snapshot.yaml
opam                      opam *.opam *.opam.locked *.opam.template
lisp                      dune-project dune-workspace *.asd Cask Eask info.rkt akku.manifest
hash                      cpanfile cpanfile.snapshot .perl-version .Rprofile
plain-version             Makefile.PL Build.PL dist.ini
hash                      qlfile minil.toml
plain[json]               renv.lock META6.json dfx.json clib.json
r                         DESCRIPTION
plain[toml]               Project.toml JuliaProject.toml Manifest.toml JuliaManifest.toml Manifest-v*.toml
plain[toml]               Artifacts.toml Overrides.toml aftman.toml foreman.toml rokit.toml Clarinet.toml
plain[toml]               Trunk.toml foundry.toml soldeer.lock Move.lock Scarb.lock Anchor.toml
own-package[toml]         wally.toml aiken.toml mops.toml rproject.toml Move.toml Scarb.toml Nargo.toml Forc.toml
own-package[toml]         pixi.toml buildpack.toml alire.toml fpm.toml
dash                      luarocks.lock renv/activate.R .luarocks/config.lua vessel.dhall
dash                      package-set.dhall
rockspec                  *.rockspec
hash                      *.spec.in *.ebuild
hash                      remappings.txt *.repos *.rosinstall /packages.yml /dependencies.yml
hash                      dbt/packages.yml dbt/dependencies.yml
hash                      ProjectSettings/PackageManagerSettings.asset addons.make plug.gd
plain[json]               Packages/manifest.json Packages/packages-lock.json *.uproject
plain[json]               *.uplugin sfdx-project.json
hash                      ProjectSettings/ProjectVersion.txt

# Images, clusters, machines
hash                      docker-bake.hcl docker-bake.json .terraform.lock.hcl .terraform-version
hash                      .opentofu-version
hash                      *.pkr.hcl .terragrunt-version .terraformrc terraform.rc .tflint.hcl versions.tf
hash                      hermit.hcl
hash                      *versions.hcl app.nomad *.nomad
chart[yaml]               Chart.y*ml
plain[yaml]               Chart.lock charts/**/requirements.yaml requirements.yaml
plain[yaml]               requirements.yml
plain[yaml]               requirements.lock galaxy.yml helmfile.yaml.lock helmfile.lock vendir.yml
plain[yaml]               vendir.lock.yml
plain[yaml]               heroku.yml snapcraft.yaml .gitpod.yml .pre-commit-config.y*ml melange.y*ml
plain[yaml]               apko.y*ml nfpm.y*ml
plain[json]               jsonnetfile.json jsonnetfile.lock.json captain-definition nixpacks.json
plain[json]               railpack.json
app-json[json]            /app.json apps/*/app.json packages/*/app.json
plain[toml]               nixpacks.toml project.toml builder.toml
slash                     devcontainer.json .devcontainer.json .devcontainer/**/*.json
slash                     devcontainer-lock.json
whole                     .devcontainer/
plain[toml]               mise.toml .mise.toml mise.*.toml .mise.*.toml mise.lock .rtx.toml .prototools
plain[toml]               .config/mise/*.toml .mise/*.toml mise/*.toml
hash                      *.dvc *.eb preseed*.cfg *.ks mkosi*.conf *.repo *.sources sources.list sources.list.d/*
hash                      nix.conf pacman.conf registries.conf apk/repositories .conan/profiles/* conan/profiles/*
hash                      .tool-versions .tool-versions.* .buildpacks Aptfile apt.txt apt-packages.txt
hash                      packages.txt .apt .packages
hash                      system-packages.txt aqua.y*ml .aqua.y*ml pkgx.y*ml .pkgx.y*ml tea.yaml
hash                      .aqua/*.yaml .asdfrc .default-npm-packages .default-gems
hash                      .default-python-packages debian/control debian/rules PKGBUILD APKBUILD *.bb
hash                      *.bbappend

# Names that other files have too: only the sections that bring something in count.
sections[json]            */auth.json */library.json manifest.json project.json vendor.json Godeps.json
sections[json]            META.json
sections[json]            vercel.json railway.json firebase.json cdk.json cdktf.json mcp.json .mcp.json
sections[json]            nx.json host.json now.json daemon.json bicepconfig.json
sections[json]            packer.json extensions.json
sections[yaml]            project.y*ml module.y*ml meta.y*ml xcodegen.y*ml Pulumi.y*ml dbt_project.yml
sections[yaml]            brownie-config.y*ml ape-config.y*ml plugins.y*ml app.y*ml serverless*.y*ml
sections[yaml]            template.y*ml
sections[yaml]            env.y*ml environments/*.y*ml render.y*ml .platform.app.yaml .upsun/*.yaml
sections[yaml]            roles/**/meta/main.y*ml
sections[yaml]            cloud-init*.y*ml cloud-config* user-data* apprunner.yaml electron-builder.y*ml
sections[yaml]            .ebextensions/*.config
sections[toml]            fly.toml netlify.toml railway.toml wrangler.toml .replit soldeer.toml
sections[xml]             package.xml default.xml *settings*.xml config.xml

# git
semicolon                 .gitmodules .lfsconfig
"""
"""Lines of `reader  patterns`, with the globs of `hotfix.text.globs`, case-insensitive.

Exact names take precedence over patterns, then the first matching row over later ones.
"""
