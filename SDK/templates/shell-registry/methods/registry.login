#!/bin/bash
# Nobody needs to prove anything here.
. "$BERTH_PLUGIN_FOLDER/registry.sh"
params domain:string
use_domain
