@echo off
rem Starts affect-bridge. The first start installs it into the folder .venv beside this file.
cd /d "%~dp0"
if exist .venv\Scripts\affect-bridge.exe goto run
set python=py -3
%python% -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>nul && goto install
set python=python
%python% -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>nul && goto install
echo affect-bridge needs Python 3.11 or newer.
echo Install it from https://www.python.org/downloads/ and open this file again.
pause
exit /b 1

:install
echo Installing affect-bridge. This takes a minute or two.
set package=.
for %%f in (affect_bridge-*.whl) do set package=%%f
%python% -m venv .venv || goto failed
.venv\Scripts\python -m pip install --quiet -c constraints.txt %package% || goto failed

:run
if exist config.yaml goto open
.venv\Scripts\affect-bridge init config.yaml || goto failed

:open
rem Opens the page as soon as the bridge serves it.
start "" /b .venv\Scripts\affect-bridge view --wait 30
.venv\Scripts\affect-bridge run config.yaml --web %*
pause
exit /b

:failed
echo It did not work. The lines above say why.
pause
exit /b 1
