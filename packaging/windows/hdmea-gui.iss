; The Windows installer, built by Inno Setup 6 from the result of dev.py build:
;   iscc /DVersion=0.1.0 packaging\windows\hdmea-gui.iss
; It installs for the current user only and needs no administrator rights.

#ifndef Version
  #error Specify the version: iscc /DVersion=...
#endif
#define Root SourcePath + "..\.."

[Setup]
AppId={{5B6B2A34-6C0E-4E0B-9E57-3F0E4B1C7A52}
AppName=HD-MEA
AppVersion={#Version}
AppPublisher=The hdmea-gui authors
VersionInfoVersion={#Version}
DefaultDirName={autopf}\HD-MEA
DefaultGroupName=HD-MEA
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
ChangesAssociations=yes
LicenseFile={#Root}\LICENSE
SetupIconFile={#Root}\build\made\hdmea-gui.ico
UninstallDisplayIcon={app}\hdmea-gui.exe
OutputDir={#Root}\dist
OutputBaseFilename=hdmea-gui-{#Version}-windows-setup
Compression=lzma2
SolidCompression=yes
WizardStyle=modern

[Tasks]
Name: desktopicon; Description: "Put an icon on the desktop"; Flags: unchecked

[InstallDelete]
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#Root}\dist\hdmea-gui\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\HD-MEA"; Filename: "{app}\hdmea-gui.exe"
Name: "{autodesktop}\HD-MEA"; Filename: "{app}\hdmea-gui.exe"; Tasks: desktopicon

[Registry]
Root: HKA; Subkey: "Software\Classes\hdmea-gui.session"; ValueType: string; ValueData: "HD-MEA session"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\hdmea-gui.raw"; ValueType: string; ValueData: "Raw recording"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\hdmea-gui.sorted"; ValueType: string; ValueData: "Sorted recording"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\hdmea-gui.session\DefaultIcon"; ValueType: string; ValueData: "{app}\hdmea-gui.exe,0"
Root: HKA; Subkey: "Software\Classes\hdmea-gui.raw\DefaultIcon"; ValueType: string; ValueData: "{app}\hdmea-gui.exe,0"
Root: HKA; Subkey: "Software\Classes\hdmea-gui.sorted\DefaultIcon"; ValueType: string; ValueData: "{app}\hdmea-gui.exe,0"
Root: HKA; Subkey: "Software\Classes\hdmea-gui.session\shell\open\command"; ValueType: string; ValueData: """{app}\hdmea-gui.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\hdmea-gui.raw\shell\open\command"; ValueType: string; ValueData: """{app}\hdmea-gui.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\hdmea-gui.sorted\shell\open\command"; ValueType: string; ValueData: """{app}\hdmea-gui.exe"" ""%1"""
; Other programs open .h5 files too, so HD-MEA becomes the default for recordings only and is merely offered for .h5.
; Uninstalling restores the previous default for recordings.
Root: HKA; Subkey: "Software\Classes\.h5\OpenWithProgids"; ValueType: string; ValueName: "hdmea-gui.session"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.cmcr\OpenWithProgids"; ValueType: string; ValueName: "hdmea-gui.raw"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.cmtr\OpenWithProgids"; ValueType: string; ValueName: "hdmea-gui.sorted"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.cmcr"; ValueType: string; ValueData: "hdmea-gui.raw"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.cmtr"; ValueType: string; ValueData: "hdmea-gui.sorted"; Flags: uninsdeletevalue

[Run]
Filename: "{app}\hdmea-gui.exe"; Description: "Start HD-MEA"; Flags: nowait postinstall skipifsilent
