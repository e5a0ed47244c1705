#!/bin/sh
# Installs HD-MEA for this user only, or uninstalls it: ./install.sh [--uninstall]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
opt="$HOME/.local/opt/hdmea-gui"
bin="$HOME/.local/bin/hdmea-gui"
share="${XDG_DATA_HOME:-$HOME/.local/share}"
sizes="16 24 32 48 64 128 256 512"

refresh() {
    run_if_found update-desktop-database "$share/applications"
    run_if_found update-mime-database "$share/mime"
    run_if_found gtk-update-icon-cache -q -t "$share/icons/hicolor"
}

run_if_found() {
    if command -v "$1" >/dev/null 2>&1; then "$@" >/dev/null 2>&1 || true; fi
}

remove() {
    rm -rf "$opt"
    rm -f "$bin" "$share/applications/hdmea-gui.desktop" "$share/mime/packages/hdmea-gui.xml"
    rm -f "$share/icons/hicolor/scalable/apps/hdmea-gui.svg"
    for size in $sizes; do rm -f "$share/icons/hicolor/${size}x$size/apps/hdmea-gui.png"; done
}

case "${1-}" in
--uninstall)
    remove
    refresh
    echo "HD-MEA was uninstalled. Your recordings, settings and logs were kept."
    exit 0
    ;;
"") ;;
*)
    echo "Usage: ./install.sh [--uninstall]" >&2
    exit 2
    ;;
esac

if [ ! -x "$here/hdmea-gui" ]; then
    echo "The program is not in the folder of this script. Unpack the archive and run install.sh in its folder." >&2
    exit 1
fi
if [ "$here" = "$opt" ]; then
    echo "This is the installed copy. Run install.sh in the unpacked folder." >&2
    exit 1
fi

remove
mkdir -p "$opt" "$HOME/.local/bin" "$share/applications" "$share/mime/packages" \
    "$share/icons/hicolor/scalable/apps"
cp -R "$here/." "$opt/"
chmod -R u+w "$opt"
ln -s "$opt/hdmea-gui" "$bin"
escaped=$(printf '%s' "$opt/hdmea-gui" | sed 's/%/%%/g; s/[\\"`$]/\\\\&/g; s/[&|\\]/\\&/g')
sed "s|@PROGRAM@|$escaped|" "$here/share/hdmea-gui.desktop" >"$share/applications/hdmea-gui.desktop"
cp "$here/share/hdmea-gui.xml" "$share/mime/packages/"
cp "$here/share/hdmea-gui.svg" "$share/icons/hicolor/scalable/apps/"
for size in $sizes; do
    mkdir -p "$share/icons/hicolor/${size}x$size/apps"
    cp "$here/share/png/$size.png" "$share/icons/hicolor/${size}x$size/apps/hdmea-gui.png"
done
refresh
echo "HD-MEA is installed. Start it from the menu, or type hdmea-gui."
case ":$PATH:" in
*":$HOME/.local/bin:"*) ;;
*) echo "To start it from a terminal, ~/.local/bin must be in your PATH; on most systems it is after the next login." ;;
esac
