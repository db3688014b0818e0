module testcluster.local/kit

go 1.26
